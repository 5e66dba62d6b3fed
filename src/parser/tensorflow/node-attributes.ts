import { isRecord } from "../keras-reading.ts";

/** What a NodeDef says besides its inputs. */
export interface NodeAttributes {
  /** So many of the inputs, the first ones, are one list. */
  readonly count?: number;
  /** Type of what is computed. */
  readonly dtype: string;
  /** All others by name; but types say nothing that the tensors do not. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** Types that are options and do not follow from the inputs. */
const CHOSEN: ReadonlySet<string> = new Set(["DstT", "output_type"]);

const SHORT: Readonly<Record<string, string>> = { float: "float32", double: "float64", half: "float16" };
/** "DT_FLOAT" as "float32". */
function typeOf(type: unknown): string {
  const name = String(type).replace(/^DT_/, "").toLowerCase();
  return Object.hasOwn(SHORT, name) ? SHORT[name] : name;
}

/** Attributes in protobuf's JSON; undefined where they are no such. */
export function attributesOf(attr: unknown): NodeAttributes | undefined {
  if (attr !== undefined && !isRecord(attr)) return undefined;
  const all = Object.entries(attr ?? {}).filter(([key]) => !key.startsWith("_"));
  if (!all.every(([, value]) => isRecord(value))) return undefined;
  const values = new Map<string, unknown>();
  for (const [key, value] of all)
    if (!Object.hasOwn(value as object, "type") || CHOSEN.has(key)) values.set(key, plain(value));
  const count = values.get("N");
  values.delete("N");
  const { T } = attr ?? {};
  const dtype = isRecord(T) ? typeOf(T.type) : "float32";
  return { dtype, values, ...(typeof count === "number" && { count }) };
}

/** An AttrValue: whole numbers are text there, text is base64, an empty list says nothing. */
function plain(value: unknown): unknown {
  if (!isRecord(value)) return value;
  const [kind, held] = Object.entries(value)[0] ?? [];
  if (kind === "i") return Number(held);
  if (kind === "type") return typeOf(held);
  if (kind === "s") return typeof held === "string" ? text(held) : held;
  if (kind !== "list") return kind === "b" || kind === "f" ? held : value;
  const [entry] = Object.entries(isRecord(held) ? held : {});
  const parts = entry && Array.isArray(entry[1]) ? (entry[1] as unknown[]) : [];
  return parts.length ? parts.map((part) => plain({ [entry[0]]: part })) : null;
}

function text(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return base64;
  }
}
