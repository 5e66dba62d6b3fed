import type { Node, Size, Window } from "../ir/graph.ts";
import { opOf } from "../ir/ops.ts";
import type { Buffer, Index } from "./kernels.ts";

/** Where an element stands: one index a dimension. */
export type Place = readonly Index[];

export const ZERO: Index = { base: 0, terms: [] };
export const at = (loop: string, stride = 1, base = 0): Index => ({ base, terms: [{ loop, stride }] });
export const shift = (x: Index, by: number): Index => ({ base: x.base + by, terms: x.terms });

/** Σ of indices, each times a stride; terms of one loop are added up. */
export function combine(parts: readonly { readonly index: Index; readonly stride: number }[]): Index {
  const terms: { readonly loop: string; stride: number }[] = [];
  let base = 0;
  for (const { index, stride } of parts) {
    base += index.base * stride;
    for (const term of index.terms) {
      const known = terms.find(({ loop }) => loop === term.loop);
      if (known) known.stride += term.stride * stride;
      else terms.push({ loop: term.loop, stride: term.stride * stride });
    }
  }
  return { base, terms: terms.filter(({ stride }) => stride !== 0) };
}

export const strideOf = (x: Index, loop: string): number => x.terms.find((t) => t.loop === loop)?.stride ?? 0;

export const sameIndex = (x: Index, y: Index): boolean =>
  x.base === y.base &&
  x.terms.length === y.terms.length &&
  x.terms.every((t) => strideOf(y, t.loop) === t.stride);

/** Row-major strides; only the first dimension may be the batch, so every stride is a number. */
export function stridesOf(shape: readonly Size[]): number[] {
  const result = new Array<number>(shape.length).fill(1);
  for (let k = shape.length - 2; k >= 0; k--) result[k] = result[k + 1] * (shape[k + 1] as number);
  return result;
}

/** Strides of the same elements under another shape, row by row; undefined where no strides say it. */
export function restride(
  from: readonly Size[],
  strides: readonly number[],
  to: readonly Size[],
): number[] | undefined {
  const runs = evenRuns(from, strides);
  const result = new Array<number>(to.length).fill(0);
  for (let k = to.length - 1; k >= 0; k--) {
    if (to[k] === 1) continue;
    const run = runs.at(-1);
    if (!run || (to[k] === "n" ? run.size !== "n" : run.size === "n" || run.size % (to[k] as number) !== 0))
      return undefined;
    result[k] = run.stride;
    const rest = to[k] === "n" ? 1 : (run.size as number) / (to[k] as number);
    runs.pop();
    if (rest > 1) runs.push({ size: rest, stride: run.stride * (to[k] as number) });
  }
  return result;
}

/** Dimensions joined wherever memory is walked evenly across them. */
function evenRuns(shape: readonly Size[], strides: readonly number[]): { size: Size; stride: number }[] {
  const runs: { size: Size; stride: number }[] = [];
  shape.forEach((size, k) => {
    const last = runs.at(-1);
    if (size === 1) return;
    if (last && last.size !== "n" && size !== "n" && last.stride === size * strides[k])
      runs[runs.length - 1] = { size: last.size * size, stride: strides[k] };
    else runs.push({ size, stride: strides[k] });
  });
  return runs;
}

/** Element offset of a place in a row-major buffer of this shape. */
export function offsetOf(shape: readonly Size[], place: Place): Index {
  const strides = stridesOf(shape);
  return combine(place.map((index, k) => ({ index: shape[k] === 1 ? ZERO : index, stride: strides[k] })));
}

/** Where the elements of a node lie: from `base` on, with a stride a dimension. */
export interface Slot {
  readonly buffer: Buffer;
  readonly base: Index;
  readonly strides: readonly number[];
}
/** All of a buffer of this shape. */
export const wholeSlot = (buffer: Buffer, shape: readonly Size[]): Slot => ({
  buffer,
  base: ZERO,
  strides: stridesOf(shape),
});
/** A part of a slot, of the shape `part`, under the shape `to`. */
export function partSlot(
  whole: Slot,
  start: readonly number[],
  part: readonly Size[],
  to: readonly Size[],
): Slot | undefined {
  const strides = restride(part, whole.strides, to);
  return (
    strides && {
      buffer: whole.buffer,
      base: shift(
        whole.base,
        start.reduce((sum, at, k) => sum + at * whole.strides[k], 0),
      ),
      strides,
    }
  );
}
/** Element offset in the slot's buffer of a place in a node of this shape. */
export function offsetIn(slot: Slot, shape: readonly Size[], place: Place): Index {
  const parts = place.map((index, k) => ({ index: shape[k] === 1 ? ZERO : index, stride: slot.strides[k] }));
  return combine([{ index: slot.base, stride: 1 }, ...parts]);
}

/** The loop over the steps of a scan. */
export const TIME = "time";
/** The loops over the outer axes of a region. */
export const outerLoop = (k: number): string => `outer${k}`;
/** True for the loops around what stands inside a scan or a region. */
export const isAround = (loop: string): boolean => loop === TIME || loop.startsWith("outer");

/** Every dimension under a loop of its own, d0, d1 …, those of size 1 not counted: equal for shapes that differ in them. */
export function identity(shape: readonly Size[]): Place {
  let next = 0;
  return shape.map((d) => (d === 1 ? ZERO : at(`d${next++}`)));
}
const bare = (shape: readonly Size[]): string => shape.filter((d) => d !== 1).join();
/** Equal but for dimensions of size 1. */
export const sameButOnes = (a: readonly Size[], b: readonly Size[]): boolean => bare(a) === bare(b);
/** A place in one shape said for another that differs in dimensions of size 1. */
export function respell(place: Place, from: readonly Size[], to: readonly Size[]): Place {
  const kept = place.filter((_, k) => from[k] !== 1);
  let next = 0;
  return to.map((d) => (d === 1 ? ZERO : kept[next++]));
}

/** True for a reshape that only adds or drops axes of size 1: then it moves nothing. */
export function isUnitReshape(node: Node): boolean {
  return node.op === "reshape" && sameButOnes(node.shape, node.in[0].shape);
}

/** Views read another element of their input and compute nothing. */
export const isView = (node: Node): boolean => opOf(node).view === true || isUnitReshape(node);

/** The place a view reads in its input, for the place asked of it. */
export function through(node: Node, place: Place): Place {
  const x = node.in[0];
  switch (node.op) {
    case "expand":
      return place.map((index, k) => (x.shape[k] === 1 ? ZERO : index));
    case "permute": {
      const { perm } = (node as Node<"permute">).attrs;
      return perm.map((_, k) => place[perm.indexOf(k)]);
    }
    case "slice": {
      const { axis, start } = (node as Node<"slice">).attrs;
      return place.map((index, k) => (k === axis ? shift(index, start) : index));
    }
    case "flip": {
      const { axis } = (node as Node<"flip">).attrs;
      const last = (x.shape[axis] as number) - 1;
      return place.map((index, k) =>
        k === axis
          ? combine([
              { index, stride: -1 },
              { index: { base: last, terms: [] }, stride: 1 },
            ])
          : index,
      );
    }
    case "step":
      return [place[0], at(TIME), ...place.slice(1)];
    case "window":
      return windowed(place, x.shape, (node as Node<"window">).attrs.windows);
    default:
      return respell(place, node.shape, x.shape);
  }
}

/** Windows and taps back to one index each: start + window · stride + tap · dilation. */
function windowed(place: Place, shape: readonly Size[], windows: readonly Window[]): Place {
  let next = 0;
  return shape.map((_, axis) => {
    const w = windows.find((one) => one.axis === axis);
    const index = place[next++];
    if (!w) return index;
    const tap = place[next++];
    const parts = [
      { index, stride: w.stride },
      { index: tap, stride: w.dilation },
    ];
    return shift(combine(parts), w.start);
  });
}
