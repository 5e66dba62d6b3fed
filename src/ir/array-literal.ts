import type { ArrayLiteral } from "./spec.ts";

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

/** The array that Keras makes of nested lists of numbers; undefined for anything else. */
export const arrayOfList = (value: unknown): ArrayLiteral | undefined => {
  const found = Array.isArray(value) ? arrayOf(value, "int32") : undefined;
  return found?.data.every(Number.isInteger) ? found : found && { ...found, dtype: "float32" };
};
