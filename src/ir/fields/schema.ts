/** The part of JSON Schema that config fields use. `description` is what an error says was expected. */
export interface Schema {
  readonly type?: "integer" | "number" | "boolean" | "string" | "array" | "object" | "null";
  readonly const?: string | number | boolean | null;
  readonly enum?: readonly (string | number | boolean | null)[];
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
}

/** An object with keys: no list, Map, Date or other object of the language. */
export const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  Object.prototype.toString.call(v) === "[object Object]";

const types: Readonly<Record<NonNullable<Schema["type"]>, (v: unknown) => boolean>> = {
  integer: (v) => Number.isInteger(v),
  number: (v) => Number.isFinite(v),
  boolean: (v) => typeof v === "boolean",
  string: (v) => typeof v === "string",
  array: (v) => Array.isArray(v),
  object: isRecord,
  null: (v) => v === null,
};

/** Whether a value fits: what ajv says of the same schema. */
export function fits(s: Schema, v: unknown): boolean {
  if (s.anyOf && !s.anyOf.some((one) => fits(one, v))) return false;
  if (s.type && !types[s.type](v)) return false;
  if (s.const !== undefined && v !== s.const) return false;
  if (s.enum && !s.enum.includes(v as null)) return false;
  if (typeof v === "number") return fitsRange(s, v);
  return Array.isArray(v) ? fitsItems(s, v) : true;
}

function fitsRange(s: Schema, v: number): boolean {
  if (s.minimum !== undefined && v < s.minimum) return false;
  if (s.exclusiveMinimum !== undefined && v <= s.exclusiveMinimum) return false;
  return s.maximum === undefined || v <= s.maximum;
}

function fitsItems(s: Schema, v: readonly unknown[]): boolean {
  if (v.length < (s.minItems ?? 0) || v.length > (s.maxItems ?? Infinity)) return false;
  return s.items === undefined || v.every((item) => fits(s.items!, item));
}

const nouns = {
  integer: "an integer",
  number: "a number",
  boolean: "true or false",
  string: "a string",
  array: "a list",
  object: "an object",
  null: "null",
} as const;

function range(s: Schema): string {
  const low = s.minimum ?? s.exclusiveMinimum;
  const from = s.minimum === undefined ? "above" : "from";
  if (low !== undefined && s.maximum !== undefined) return ` ${from} ${low} to ${s.maximum}`;
  if (low === undefined) return s.maximum === undefined ? "" : ` up to ${s.maximum}`;
  if (s.type === "integer" && s.minimum === 1) return " of 1 or more";
  return s.minimum === undefined ? ` above ${low}` : ` of ${low} or more`;
}

/** What a schema accepts, in words. */
export function describe(s: Schema): string {
  if (s.description) return s.description;
  if (s.anyOf) return s.anyOf.map(describe).join(" or ");
  if (s.const !== undefined) return show(s.const);
  if (s.enum) return `one of ${s.enum.map(show).join(", ")}`;
  if (s.type === "array" && s.items)
    return `a list of ${s.minItems === s.maxItems && s.minItems ? `${s.minItems} ` : ""}${plural(s.items)}`;
  return s.type ? nouns[s.type] + range(s) : "any value";
}

const plural = (s: Schema): string => describe(s).replace(/^an? (\w+)/, "$1s");

/** A value from a config as an error shows it, cut to a readable length. */
export function show(v: unknown): string {
  const text =
    typeof v === "string" ? JSON.stringify(v) : v === undefined ? "nothing" : (textOf(v) ?? nameOf(v));
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** Undefined where a value has no JSON: functions, big integers, objects that hold themselves. */
function textOf(v: unknown): string | undefined {
  if (typeof v === "number") return String(v);
  try {
    return JSON.stringify(v);
  } catch {
    return undefined;
  }
}
function nameOf(v: unknown): string {
  if (typeof v === "function") return "a function";
  return typeof v === "bigint" ? `${v}n` : Object.prototype.toString.call(v).slice(8, -1);
}
