import { isLiteral, type Passed } from "./model.ts";
import type { SliceLiteral } from "./spec.ts";

const ALL: SliceLiteral = { kind: "slice", start: null, stop: null, step: null };

/** Python's index of a tensor with whole axes in the place of its `...`; one without `...` as it is. */
export function inWholeAxes(key: Passed, rank: number): Passed {
  const parts: readonly Passed[] = Array.isArray(key) ? key : [key];
  const at = parts.findIndex(isEllipsis);
  if (at < 0) return key;
  const taken = parts.filter((part) => part !== null && !isEllipsis(part)).length;
  return parts.toSpliced(at, 1, ...Array.from({ length: Math.max(0, rank - taken) }, () => ALL));
}

export const isEllipsis = (passed: Passed): boolean => isLiteral(passed) && passed.kind === "ellipsis";
