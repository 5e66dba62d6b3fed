import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { type Field, int, nullable, oneOf } from "../fields.ts";
import type { Node, Size } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { axisOf, type Dim, formatShape, type Shape } from "../tensor.ts";
import { broadcastShape, checkedAxis, nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

const intOrInts: Field<number | readonly number[]> = {
  schema: {
    anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }],
    description: "a number or a list of numbers",
  },
};

const times = (d: Dim, by: number): Dim => (d === null ? (by === 1 ? null : d) : d * by);

/** How often each axis is repeated, ones in front of what was said. */
function counts(said: number | readonly number[], rank: number): number[] {
  const list = [said].flat();
  return [...Array.from({ length: Math.max(0, rank - list.length) }, () => 1), ...list];
}
const lifted = <D>(x: readonly D[], rank: number): (D | 1)[] => [
  ...Array.from({ length: Math.max(0, rank - x.length) }, (): 1 => 1),
  ...x,
];

/** Every element `by` times in a row ("each"), or the whole axis `by` times ("all"). */
function multiplied(b: Builder, x: Node, axis: number, by: number, what: "each" | "all"): Node {
  if (by === 1) return x;
  const [before, size, after] = [x.shape.slice(0, axis), x.shape[axis] as number, x.shape.slice(axis + 1)];
  const inner = (one: Size, many: Size): Size[] =>
    what === "each" ? [...before, many, one, ...after] : [...before, one, many, ...after];
  const wide = b.expand(b.reshape(x, inner(1, size)), inner(by, size));
  return b.reshape(wide, [...before, size * by, ...after]);
}

type Widths = readonly (readonly [number, number])[];
/** What is put before and behind every axis. */
function widthsOf(said: unknown, rank: number, misfit: Misfit): Widths {
  const list = [said].flat() as unknown[];
  const pairs = (list.every((one) => typeof one === "number") ? [list] : list) as number[][];
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) &&
    (pair.length === 1 || pair.length === 2) &&
    pair.every((n) => Number.isSafeInteger(n) && n >= 0);
  if (!pairs.every(isPair)) return misfit("whole numbers of 0 or more, in pairs", JSON.stringify(said));
  const whole = pairs.map((pair): [number, number] => [pair[0], pair[1] ?? pair[0]]);
  if (whole.length === 1 && rank > 1) return Array.from({ length: rank }, () => whole[0]);
  return whole.length === rank ? whole : misfit(`${rank} pairs`, JSON.stringify(said));
}

/** The elements of an axis next to its ends in mirror order; "symmetric" begins with the outermost. */
function mirrored(
  b: Builder,
  x: Node,
  axis: number,
  [before, after]: readonly [number, number],
  mode: string,
): Node {
  const size = x.shape[axis] as number;
  const skip = mode === "reflect" ? 1 : 0;
  const front = before ? [b.flip(b.slice(x, axis, skip, skip + before), axis)] : [];
  const back = after ? [b.flip(b.slice(x, axis, size - skip - after, size - skip), axis)] : [];
  return b.concat([...front, x, ...back], axis);
}

const never: Misfit = (expected) => {
  throw new RangeError(expected);
};

const tile = operation({
  name: "Tile",
  module: NUMPY,
  doc: "x so often beside itself along each axis",
  config: { repeats: intOrInts },
  call: { x: operand },
  output(c, args, misfit): Shape {
    const x = shapeOf(args.x);
    const by = counts(c.repeats, x.length);
    const shape = lifted(x, by.length);
    const wrong = by.some((n) => n < 1) || shape.some((d, k) => d === null && by[k] !== 1 && k === 0);
    if (wrong || (by.length > x.length && x[0] === null))
      misfit("repeats of 1 or more that leave the batch alone", JSON.stringify(c.repeats));
    return shape.map((d, k) => times(d, by[k]));
  },
  lower(b, c, args) {
    const x = nodeOf(b, args.x);
    const by = counts(c.repeats, x.shape.length);
    const whole = b.reshape(x, lifted(x.shape, by.length));
    return by.reduce((y, n, axis) => multiplied(b, y, axis, n, "all"), whole);
  },
});

const repeat = operation({
  name: "Repeat",
  module: NUMPY,
  doc: "every element of an axis so often",
  config: { repeats: intOrInts, axis: nullable(int()) },
  call: { x: operand },
  output(c, args, misfit): Shape {
    const x = shapeOf(args.x);
    if (c.axis === null) return misfit("an axis", "None");
    const axis = checkedAxis(c.axis, x.length, misfit);
    const [by, ...more] = [c.repeats].flat();
    if (more.length || by < 1) misfit("one number of repeats", JSON.stringify(c.repeats));
    if (axis === 0 && x[0] === null && by !== 1) misfit("an axis other than the batch", `axis ${c.axis}`);
    return x.map((d, k) => (k === axis ? times(d, by) : d));
  },
  lower(b, c, args) {
    const x = nodeOf(b, args.x);
    return multiplied(b, x, axisOf(c.axis!, x.shape.length), [c.repeats].flat()[0], "each");
  },
});

const pad = operation({
  name: "Pad",
  module: NUMPY,
  doc: "x with elements put before and behind along each axis",
  config: {
    pad_width: {
      schema: {
        anyOf: [{ type: "integer", minimum: 0 }, { type: "array" }],
        description: "a number, or a pair for every axis",
      },
    } as Field<unknown>,
    mode: oneOf(["constant", "reflect", "symmetric"], "constant"),
  },
  call: { x: operand, constant_values: { takes: "operand" } },
  arguments: ["x", "pad_width", "mode", "constant_values"],
  dtype: (_c, { x }) => String(x),
  output(c, args, misfit): Shape {
    const x = shapeOf(args.x);
    const widths = widthsOf(c.pad_width, x.length, misfit);
    if (x[0] === null && widths[0].some((n) => n !== 0))
      misfit("nothing put to the batch", JSON.stringify(c.pad_width));
    if (args.constant_values !== undefined && typeof args.constant_values !== "number")
      misfit("a number as constant_values", "a tensor");
    const skip = c.mode === "reflect" ? 1 : 0;
    x.forEach((d, k) => {
      if (c.mode !== "constant" && d !== null && widths[k].some((n) => n > d - skip))
        misfit(`at most ${d - skip} elements along axis ${k}`, JSON.stringify(widths[k]));
    });
    return x.map((d, k) => (d === null ? null : d + widths[k][0] + widths[k][1]));
  },
  lower(b, c, args) {
    const x = nodeOf(b, args.x);
    const widths = widthsOf(c.pad_width, x.shape.length, never);
    if (c.mode !== "constant") return widths.reduce((y, pair, axis) => mirrored(b, y, axis, pair, c.mode), x);
    const pads = widths.map(([before, after], axis) => ({ axis, before, after }));
    return b.pad(x, pads, Math.fround((args.constant_values as number | undefined) ?? 0));
  },
});

const broadcastTo = operation({
  name: "BroadcastTo",
  module: NUMPY,
  doc: "x repeated along axes of size 1",
  config: {
    shape: {
      schema: {
        type: "array",
        items: { anyOf: [{ type: "null" }, { type: "integer" }] },
        description: "a shape",
      },
    } as Field<readonly Dim[]>,
  },
  call: { x: operand },
  output(c, { x }, misfit): Shape {
    const from = shapeOf(x);
    const wanted = c.shape.map((d, k) => (d === -1 ? (from[k - c.shape.length + from.length] ?? 1) : d));
    const shape = broadcastShape([wanted, from], misfit);
    if (
      shape.length !== wanted.length ||
      (wanted[0] === null && from[0] !== null) ||
      (from[0] === null && wanted[0] !== null)
    )
      misfit(`a shape that ${formatShape(from)} broadcasts to, the batch in front`, formatShape(c.shape));
    return shape;
  },
  lower(b, c, { x }) {
    const node = nodeOf(b, x);
    const from = lifted(node.shape, c.shape.length);
    return b.expand(
      b.reshape(node, from),
      from.map((d, k) => (d === 1 ? ((c.shape[k] === -1 ? 1 : c.shape[k]) ?? 1) : d)),
    );
  },
});

export default [tile, repeat, pad, broadcastTo];
