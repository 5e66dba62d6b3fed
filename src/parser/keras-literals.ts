import type { ArrayLiteral, Literal } from "../ir/spec.ts";
import type { Json } from "./keras-reading.ts";

const boundOf = (v: unknown): number | null | undefined =>
  v === undefined || v === null ? null : Number.isInteger(v) ? (v as number) : undefined;

/** A slice, an ellipsis or an array in Keras 3's JSON; undefined for anything else. */
export function literalOf(class_name: string, config: Json): Literal | undefined {
  if (class_name === "__ellipsis__") return { kind: "ellipsis" };
  if (class_name === "__slice__") return sliceOf(config.start, config.stop, config.step);
  if (class_name !== "__numpy__" && class_name !== "__tensor__") return undefined;
  return arrayOf(config.value, typeof config.dtype === "string" ? config.dtype : "float32");
}

/** `start:stop:step` of whole numbers or null. */
export function sliceOf(...parts: readonly [unknown, unknown, unknown]): Literal | undefined {
  const [start, stop, step] = parts.map(boundOf);
  return start === undefined || stop === undefined || step === undefined
    ? undefined
    : { kind: "slice", start, stop, step };
}

const MAX_RANK = 8;
/** Nested lists of numbers or truth values; undefined where they are ragged or hold anything else. */
export function arrayOf(value: unknown, dtype: string): ArrayLiteral | undefined {
  const shape: number[] = [];
  for (let part = value; Array.isArray(part) && shape.length <= MAX_RANK; part = (part as unknown[])[0])
    shape.push(part.length);
  if (shape.length > MAX_RANK) return undefined;
  const data: number[] = [];
  return filled(value, shape, data) ? { kind: "array", shape, dtype, data } : undefined;
}

function filled(value: unknown, [size, ...rest]: readonly number[], data: number[]): boolean {
  if (size === undefined) {
    if (typeof value !== "number" && typeof value !== "boolean") return false;
    data.push(Number(value));
    return true;
  }
  return Array.isArray(value) && value.length === size && value.every((part) => filled(part, rest, data));
}
