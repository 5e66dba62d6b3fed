import type { Argument, SliceLiteral } from "../../ir/spec.ts";

type Masks = ReadonlyMap<string, unknown>;

/** Python's index of what TensorFlow says by begin, end, strides and five masks of bits; undefined where they are no lists. */
export function stridedKey([begin, end, strides]: readonly unknown[], masks: Masks): Argument | undefined {
  if (!isWhole(begin) || !isWhole(end) || !isWhole(strides)) return undefined;
  const has = (mask: string, k: number): boolean => ((Number(masks.get(mask) ?? 0) >> k) & 1) === 1;
  return begin.map((from, k): Argument => {
    if (has("ellipsis_mask", k)) return { kind: "ellipsis" };
    if (has("new_axis_mask", k)) return null;
    if (has("shrink_axis_mask", k)) return from;
    return {
      kind: "slice",
      start: has("begin_mask", k) ? null : from,
      stop: has("end_mask", k) ? null : (end[k] ?? null),
      step: strides[k] === 1 ? null : (strides[k] ?? null),
    } satisfies SliceLiteral;
  });
}

const isWhole = (list: unknown): list is readonly number[] =>
  Array.isArray(list) && list.length <= 32 && list.every(Number.isInteger);
