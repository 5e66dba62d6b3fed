import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import { type Limits, withinLimit } from "../../diagnostics/limits.ts";
import { show } from "../../ir/fields/schema.ts";

/** How a weight's numbers were shortened: `value = number · scale + min`, or half precision. */
export type Quantization =
  | { readonly dtype: "uint8" | "uint16"; readonly min: number; readonly scale: number }
  | { readonly dtype: "float16" };

/** One weight as the manifest lists it. */
export interface Entry {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32" | "bool";
  readonly quantization?: Quantization;
  /** A variable of the optimizer, not a weight of the model. */
  readonly ofOptimizer: boolean;
}

/** Weights that lie one after the other in some files. */
export interface Group {
  /** Names of files beside `model.json`. */
  readonly shards: readonly string[];
  readonly entries: readonly Entry[];
}

type Json = Readonly<Record<string, unknown>>;
const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

/** What the parts of one manifest share. */
interface Reading {
  readonly limits: Limits;
  readonly problems: Diagnostic[];
}

/** The groups of a `weightsManifest`; every problem is thrown at once. */
export function readManifest(value: unknown, limits: Limits): readonly Group[] {
  const reading: Reading = { limits, problems: [] };
  if (!Array.isArray(value)) wrong(reading, "weightsManifest", "a list of groups", value);
  const groups = Array.isArray(value) ? value.flatMap((group, k) => groupOf(group, k, reading)) : [];
  if (reading.problems.length) throw new ModelError(reading.problems);
  const count = groups.reduce((sum, { shards, entries }) => sum + shards.length + entries.length, 0);
  withinLimit(limits, "objects", count, "The number of weights and shards");
  return groups;
}

function wrong({ problems }: Reading, path: string, expected: string, received: unknown): void {
  const message = `The weights are not listed as TensorFlow.js lists them.`;
  problems.push({ code: "tfjs-manifest", message, at: { path }, expected, received: show(received) });
}

function groupOf(value: unknown, k: number, reading: Reading): Group[] {
  const path = `weightsManifest[${k}]`;
  if (!isRecord(value) || !Array.isArray(value.paths) || !Array.isArray(value.weights)) {
    wrong(reading, path, "an object with paths and weights", value);
    return [];
  }
  const shards = value.paths.flatMap((one, i) => shardOf(one, `${path}.paths[${i}]`, reading));
  const entries = value.weights.flatMap((one, i) => entryOf(one, `${path}.weights[${i}]`, reading));
  return [{ shards, entries }];
}

/** Only files right beside `model.json` are ever read. */
function shardOf(value: unknown, path: string, reading: Reading): string[] {
  const name = typeof value === "string" ? value.replace(/^\.\//, "") : "";
  // eslint-disable-next-line no-control-regex
  if (/^[^/\\:\u0000-\u001f]{1,255}$/.test(name) && !/^\.{1,2}$/.test(name)) return [name];
  wrong(reading, path, "the name of a file in the same folder", value);
  return [];
}

function entryOf(value: unknown, path: string, reading: Reading): Entry[] {
  const before = reading.problems.length;
  if (!isRecord(value) || typeof value.name !== "string") {
    wrong(reading, path, "an object with name, shape and dtype", value);
    return [];
  }
  const { name, shape, dtype } = value;
  const at = `${path} (${name.slice(0, 100)})`;
  if (!isShape(shape, reading.limits)) wrong(reading, `${at}.shape`, "a list of sizes", shape);
  if (!isDType(dtype)) wrong(reading, `${at}.dtype`, "float32, int32 or bool", dtype);
  const quantization = quantizationOf(value, at, reading);
  if (reading.problems.length > before) return [];
  const entry = { name, shape: shape as number[], dtype: dtype as Entry["dtype"] };
  return [{ ...entry, ...(quantization && { quantization }), ofOptimizer: value.group === "optimizer" }];
}

const isDType = (v: unknown): v is Entry["dtype"] => ["float32", "int32", "bool"].includes(v as string);

const isShape = (v: unknown, { rank }: Limits): boolean =>
  Array.isArray(v) &&
  v.length <= rank &&
  v.every((d) => Number.isSafeInteger(d) && d >= 0) &&
  (v as number[]).reduce((a, b) => a * b, 1) <= Number.MAX_SAFE_INTEGER;

function quantizationOf(
  { quantization: value, dtype }: Json,
  at: string,
  reading: Reading,
): Quantization | undefined {
  if (value === undefined || value === null) return undefined;
  const q = isRecord(value) ? value : {};
  if (q.dtype === "float16" && dtype === "float32") return { dtype: "float16" };
  const integer = (q.dtype === "uint8" || q.dtype === "uint16") && dtype !== "bool";
  if (!integer)
    wrong(reading, `${at}.quantization`, "uint8 or uint16, or float16 of a float32 weight", value);
  else if (!Number.isFinite(q.min) || !Number.isFinite(q.scale))
    wrong(reading, `${at}.quantization`, "numbers min and scale", value);
  return q as unknown as Quantization;
}
