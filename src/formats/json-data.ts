import { ModelError } from "../diagnostics.ts";
import { parseJson } from "../json-text.ts";
import type { Tensor } from "../ir/tensor.ts";
import { DEFAULT_LIMITS, type Limits, withinLimit } from "../diagnostics/limits.ts";

/** Nested arrays of numbers or of truth values as a tensor (float32 or bool). Ragged ones are refused with their place. */
export function nestedTensor(value: unknown, name = "the data", limits: Limits = DEFAULT_LIMITS): Tensor {
  const shape: number[] = [];
  for (let inner = value; Array.isArray(inner); inner = inner[0]) {
    shape.push(inner.length);
    withinLimit(limits, "rank", shape.length, "The nesting of the data", { path: name });
  }
  const leaves: (number | boolean)[] = [];
  collect(value, shape, 0, name, leaves);
  const bool = leaves.length > 0 && leaves.every((leaf) => typeof leaf === "boolean");
  if (bool) return { shape, dtype: "bool", data: Uint8Array.from(leaves, Number) };
  return { shape, dtype: "float32", data: Float32Array.from(leaves, Number) };
}

function collect(
  value: unknown,
  shape: readonly number[],
  depth: number,
  path: string,
  out: (number | boolean)[],
): void {
  if (depth < shape.length) {
    if (!Array.isArray(value) || value.length !== shape[depth]) throw ragged(value, shape[depth], path);
    value.forEach((part, i) => collect(part, shape, depth + 1, `${path}[${i}]`, out));
  } else if (typeof value === "number" || typeof value === "boolean") {
    out.push(value);
  } else {
    throw notANumber(value, path);
  }
}

const describe = (value: unknown): string =>
  Array.isArray(value)
    ? `an array of ${value.length}`
    : (JSON.stringify(value) ?? String(value)).slice(0, 60);

const ragged = (value: unknown, size: number, path: string): ModelError =>
  new ModelError({
    code: "data-ragged",
    message: "The nested arrays are not of one shape.",
    at: { path },
    expected: `an array of ${size}`,
    received: describe(value),
  });

const notANumber = (value: unknown, path: string): ModelError =>
  new ModelError({
    code: "data-number",
    message: "The data holds something that is not a number.",
    at: { path },
    expected: "a number",
    received: describe(value),
  });

/** A JSON text: one nested array (under the name ""), or a record of them. */
export function readJsonData(
  text: string,
  name = "the JSON file",
  limits: Limits = DEFAULT_LIMITS,
): Map<string, Tensor> {
  const value = parseJson(text, name, {
    ...limits,
    config_bytes: limits.file_bytes,
    config_values: Infinity,
    config_keys: Infinity,
  });
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return new Map([["", nestedTensor(value, name, limits)]]);
  }
  return new Map(Object.entries(value).map(([key, part]) => [key, nestedTensor(part, key, limits)]));
}
