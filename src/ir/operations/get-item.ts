import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import type { Field } from "../fields.ts";
import type { Node, Size } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { isLiteral, type Passed } from "../model.ts";
import type { SliceLiteral } from "../spec.ts";
import { type Dim, formatShape, type Shape } from "../tensor.ts";
import { inWholeAxes, isEllipsis } from "../whole-axes.ts";
import { nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

/** What is taken of one axis; "new" puts one of size 1 in. */
type Part = number | SliceLiteral | "new";

const isAll = (part: Part): boolean =>
  typeof part === "object" && (part.start ?? 0) === 0 && part.stop === null && (part.step ?? 1) === 1;

/** Python's index of a tensor as one part an axis; the ellipsis spelled out. */
function partsOf(key: unknown, rank: number, misfit: Misfit): Part[] {
  const list = (Array.isArray(key) ? key : [key]) as readonly Passed[];
  const dots = list.filter(isEllipsis).length;
  const taken = list.filter((one) => one !== null && !isEllipsis(one)).length;
  if (taken > rank || dots > 1) misfit(`at most ${rank} indices`, `${taken}`);
  const whole = inWholeAxes(dots ? list : [...list, { kind: "ellipsis" }], rank) as readonly Passed[];
  return whole.map((one): Part => {
    if (one === null) return "new";
    if (typeof one === "number" && Number.isInteger(one)) return one;
    if (isLiteral(one) && one.kind === "slice") return one;
    return misfit("whole numbers, slices, ... and None as indices", JSON.stringify(one));
  });
}

interface Range {
  readonly start: number;
  readonly step: number;
  readonly size: number;
}
/** Python's rules for a slice of an axis of this size. */
export function rangeOf({ start, stop, step }: SliceLiteral, size: number): Range {
  const by = step ?? 1;
  const clamp = (at: number, low: number, high: number): number =>
    Math.min(Math.max(at < 0 ? at + size : at, low), high);
  const [low, high] = by > 0 ? [0, size] : [-1, size - 1];
  const from = start === null ? (by > 0 ? 0 : size - 1) : clamp(start, low, high);
  const to = stop === null ? (by > 0 ? size : -1) : clamp(stop, low, high);
  return { start: from, step: by, size: Math.max(0, Math.ceil((to - from) / by)) };
}

function sizeAfter(part: Exclude<Part, "new">, size: Dim, misfit: Misfit): Dim | undefined {
  if (typeof part === "number") {
    if (size !== null && (part >= size || part < -size)) misfit(`an index below ${size}`, `${part}`);
    return undefined;
  }
  if (part.step === 0) misfit("a step other than 0", "0");
  if (size === null) return null;
  const taken = rangeOf(part, size).size;
  return taken > 0 ? taken : misfit("a slice that is not empty", `${part.start}:${part.stop} of ${size}`);
}

function shapeAfter(parts: readonly Part[], x: Shape, misfit: Misfit): Shape {
  if (x[0] === null && !isAll(parts[0]))
    misfit("an index that takes the whole batch", formatShape(x), "Begin it with a colon: x[:, …].");
  let axis = 0;
  return parts.flatMap((part): Dim[] => {
    if (part === "new") return [1];
    return [sizeAfter(part, x[axis++], misfit)].filter((d) => d !== undefined);
  });
}

/** Elements of one axis at a stride. */
export function strided(b: Builder, x: Node, axis: number, { start, step, size }: Range): Node {
  if (step < 0) {
    const last = (x.shape[axis] as number) - 1;
    return strided(b, b.flip(x, axis), axis, { start: last - start, step: -step, size });
  }
  if (step === 1) return b.slice(x, axis, start, start + size);
  const windows = [{ axis, size, taps: 1, stride: step, dilation: 1, start }];
  const shape = x.shape.map((d, k): Size => (k === axis ? size : d));
  return b.reshape(b.window(x, windows), shape);
}

function taken(b: Builder, x: Node, parts: readonly Part[]): Node {
  const shape: Size[] = [];
  let axis = 0;
  const all = parts.reduce((made, part) => {
    if (part === "new") {
      shape.push(1);
      return made;
    }
    const at = axis++;
    const size = x.shape[at];
    if (isAll(part)) {
      shape.push(size);
      return made;
    }
    if (typeof part === "number") {
      const from = part < 0 ? part + (size as number) : part;
      return b.slice(made, at, from, from + 1);
    }
    const range = rangeOf(part, size as number);
    shape.push(range.size);
    return strided(b, made, at, range);
  }, x);
  return b.reshape(all, shape);
}

/** Numbers, slices, `...` and `None`, one or a list. */
const index: Field<unknown> & { readonly default: null } = {
  schema: { description: "an index" },
  default: null,
};
const never: Misfit = (expected) => {
  throw new RangeError(expected);
};

export default operation({
  name: "GetItem",
  module: NUMPY,
  doc: "x[key]",
  config: {},
  call: { x: operand, key: index },
  functions: [],
  dtype: (_c, { x }) => String(x),
  output(_c, { x, key }, misfit) {
    const shape = shapeOf(x);
    return shapeAfter(partsOf(key, shape.length, misfit), shape, misfit);
  },
  lower(b, _c, { x, key }) {
    const node = nodeOf(b, x);
    return taken(b, node, partsOf(key, node.shape.length, never));
  },
});
