import type { Builder } from "../builder.ts";
import { operand, operands } from "../call-arguments.ts";
import { type Field, int, nullable } from "../fields.ts";
import type { Node } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import concatenate from "../layers/merging/concatenate.ts";
import { axisOf, type Dim, formatShape, type Shape } from "../tensor.ts";
import { checkedAxis, CORE, nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

const inserted = <D>(x: readonly D[], axis: number): (D | 1)[] => {
  const at = axisOf(axis, x.length + 1);
  return [...x.slice(0, at), 1, ...x.slice(at)];
};
const kept = <D>(x: readonly D[], drop: readonly number[]): D[] => x.filter((_, k) => !drop.includes(k));

/** An axis put in, not in front of the batch. */
function insertedAxis(axis: number, x: Shape, misfit: Misfit): number {
  const at = axisOf(axis, x.length + 1);
  if (at < 0 || at > x.length) misfit(`an axis from ${-x.length - 1} to ${x.length}`, `axis ${axis}`);
  return at === 0 && x[0] === null ? misfit("an axis after the batch", `axis ${axis}`) : at;
}

/** The axes of size 1 that are dropped. */
function squeezed(axis: number | readonly number[] | null, x: Shape, misfit: Misfit): number[] {
  if (axis === null) return x.flatMap((d, k) => (d === 1 ? [k] : []));
  const list = [axis].flat().map((k) => checkedAxis(k, x.length, misfit));
  const wrong = list.find((k) => x[k] !== 1 && (k === 0 || x[k] !== null));
  return wrong === undefined ? list : misfit("an axis of size 1", `axis ${axis} of ${formatShape(x)}`);
}

const never: Misfit = (expected) => {
  throw new RangeError(expected);
};

/** Where parts of an axis end: so many equal ones, or at these indices. */
export function cuts(said: number | readonly number[], size: Dim, misfit: Misfit = never): number[] {
  if (size === null) return misfit("an axis whose size is known", "None");
  if (typeof said !== "number") return [...said.map((at) => Math.min(at < 0 ? at + size : at, size)), size];
  if (said < 1 || said > MOST_PARTS || size % said)
    misfit(`a number up to ${MOST_PARTS} that divides ${size}`, `${said}`);
  return Array.from({ length: said }, (_, k) => ((k + 1) * size) / said);
}

/** The sizes of the parts that end there. */
export const sizesOf = (ends: readonly number[]): number[] => ends.map((end, k) => end - (ends[k - 1] ?? 0));

/** Each part is an output of its own. */
const MOST_PARTS = 4096;

function splitShapes(said: number | readonly number[], axis: number, x: Shape, misfit: Misfit): Shape[] {
  const at = checkedAxis(axis, x.length, misfit);
  if (at === 0 && x[0] === null) misfit("an axis other than the batch", `axis ${axis}`);
  const ends = cuts(said, x[at], misfit);
  const sizes = sizesOf(ends);
  if (sizes.some((size) => size < 1)) misfit("parts that are not empty", JSON.stringify(said));
  return sizes.map((size) => x.map((d, k) => (k === at ? size : d)));
}

function slices(b: Builder, x: Node, axis: number, ends: readonly number[]): Node[] {
  return ends.map((end, k) => b.slice(x, axis, ends[k - 1] ?? 0, end));
}

const axisList: Field<number | readonly number[]> = {
  schema: {
    anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" } }],
    description: "an axis or a list of axes",
  },
};
const sections: Field<number | readonly number[]> = {
  schema: {
    anyOf: [
      { type: "integer", minimum: 1 },
      { type: "array", items: { type: "integer" } },
    ],
    description: "a number of parts, or a list of indices",
  },
};
export default [
  operation({
    name: "Concatenate",
    module: NUMPY,
    doc: "the inputs one after the other along the axis",
    config: { axis: int(0) },
    call: { xs: operands },
    output: (c, { xs }, misfit) => concatenate.output(c, xs.map(shapeOf), misfit, {}),
    lower: (b, c, { xs }) => {
      const nodes = xs.map((x) => nodeOf(b, x));
      return b.concat(nodes, axisOf(c.axis, nodes[0].shape.length));
    },
  }),
  operation({
    name: "Stack",
    module: NUMPY,
    doc: "the inputs beside each other along a new axis",
    config: { axis: int(0) },
    call: { x: operands },
    output(c, { x }, misfit): Shape {
      const [first, ...rest] = x.map(shapeOf);
      const at = insertedAxis(c.axis, first, misfit);
      const other = rest.find((s) => s.length !== first.length || s.some((d, k) => d !== first[k]));
      if (other) misfit("inputs of one shape", `${formatShape(first)} and ${formatShape(other)}`);
      return [...first.slice(0, at), x.length, ...first.slice(at)];
    },
    lower(b, c, { x }) {
      const nodes = x.map((one) => nodeOf(b, one));
      const lifted = nodes.map((node) => b.reshape(node, inserted(node.shape, c.axis)));
      return b.concat(lifted, axisOf(c.axis, nodes[0].shape.length + 1));
    },
  }),
  operation({
    name: "Split",
    module: NUMPY,
    doc: "the parts of an axis",
    config: { indices_or_sections: sections, axis: int(0) },
    call: { x: operand },
    outputs: ({ indices_or_sections: said }) => (typeof said === "number" ? said : said.length + 1),
    output: (c, { x }, misfit) => splitShapes(c.indices_or_sections, c.axis, shapeOf(x), misfit),
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      const axis = axisOf(c.axis, x.shape.length);
      return slices(b, x, axis, cuts(c.indices_or_sections, x.shape[axis] as number));
    },
  }),
  operation({
    name: "Unstack",
    module: CORE,
    doc: "the slices of an axis, which is gone",
    config: { num: nullable(int()), axis: int(0) },
    call: { x: operand },
    outputs: ({ num }) => num ?? 1,
    output(c, args, misfit) {
      const x = shapeOf(args.x);
      const at = checkedAxis(c.axis, x.length, misfit);
      if (at === 0 && x[0] === null) misfit("an axis other than the batch", `axis ${c.axis}`);
      const count = c.num ?? x[at] ?? misfit("num, where the size of the axis is not known", "None");
      if (count > MOST_PARTS) misfit(`at most ${MOST_PARTS} slices`, `${count}`);
      if (x[at] !== null && x[at] !== count) misfit(`num=${x[at]}`, `num=${count}`);
      return Array.from({ length: count }, () => kept(x, [at]));
    },
    lower(b, c, args) {
      const x = nodeOf(b, args.x);
      const axis = axisOf(c.axis, x.shape.length);
      const ends = Array.from({ length: x.shape[axis] as number }, (_, k) => k + 1);
      return slices(b, x, axis, ends).map((part) => b.reshape(part, kept(part.shape, [axis])));
    },
  }),
  operation({
    name: "ExpandDims",
    module: NUMPY,
    doc: "x with axes of size 1 put in",
    config: { axis: axisList },
    call: { x: operand },
    output(c, { x }, misfit): Shape {
      const shape = shapeOf(x);
      const rank = shape.length + [c.axis].flat().length;
      const at = [c.axis].flat().map((axis) => axisOf(axis, rank));
      return [...at]
        .sort((p, q) => p - q)
        .reduce<Shape>((made, axis) => (insertedAxis(axis, made, misfit), inserted(made, axis)), shape);
    },
    lower(b, c, { x }) {
      const node = nodeOf(b, x);
      const rank = node.shape.length + [c.axis].flat().length;
      const at = [c.axis]
        .flat()
        .map((axis) => axisOf(axis, rank))
        .sort((p, q) => p - q);
      return b.reshape(
        node,
        at.reduce((shape, axis) => inserted(shape, axis), node.shape),
      );
    },
  }),
  operation({
    name: "Squeeze",
    module: NUMPY,
    doc: "x without axes of size 1",
    config: {
      axis: {
        ...axisList,
        schema: { anyOf: [{ type: "null" }, axisList.schema], description: axisList.schema.description },
        default: null,
      } as Field<number | readonly number[] | null> & { default: null },
    },
    call: { x: operand },
    output: (c, { x }, misfit) => kept(shapeOf(x), squeezed(c.axis, shapeOf(x), misfit)),
    lower(b, c, { x }) {
      const node = nodeOf(b, x);
      const open = node.shape.map((d): Dim => (d === "n" ? null : d));
      return b.reshape(node, kept(node.shape, squeezed(c.axis, open, never)));
    },
  }),
];
