import { arrayOf } from "../ir/array-literal.ts";
import type { Literal } from "../ir/spec.ts";
import type { Json } from "./keras-reading.ts";

const boundOf = (v: unknown): number | null | undefined =>
  v === undefined || v === null ? null : Number.isInteger(v) ? (v as number) : undefined;

/** A slice, an ellipsis or an array in Keras 3's JSON; undefined for anything else. */
export function literalOf(class_name: string, config: Json): Literal | undefined {
  if (class_name === "__ellipsis__") return { kind: "ellipsis" };
  const { start, stop, step } = config;
  if (class_name === "__slice__")
    return [start, stop, step].includes(undefined) ? undefined : sliceOf(start, stop, step);
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
