import { operand } from "../call-arguments.ts";
import type { Field } from "../fields.ts";
import type { Size } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { type Dim, formatShape, numel, type Shape } from "../tensor.ts";
import { nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

const BATCH = "The batch stays in front: begin with -1 where that is the batch.";

/** The target with its −1 replaced by what is left of these sizes. */
function filled(target: readonly Dim[], x: Shape, misfit: Misfit): Shape {
  const wrong = (): never => misfit(`as many elements as ${formatShape(target)} has`, formatShape(x));
  assertOneOpen(target, misfit);
  if (x.includes(null)) return target.map((d) => (d === -1 ? null : d));
  const size = numel(x as number[]);
  const known = numel(target.filter((d) => d !== -1) as number[]);
  if (!target.includes(-1)) return known === size ? target : wrong();
  return known && size % known === 0 ? target.map((d) => (d === -1 ? size / known : d)) : wrong();
}

/** The target as Keras says it: of an open shape it asks nothing. */
function said(target: readonly Dim[], x: Shape, misfit: Misfit): Shape {
  if (x[0] !== null) return filled(target, x, misfit);
  return [null, ...behindBatch(target, misfit).map((d) => (d === -1 ? null : d))];
}

function behindBatch(target: readonly Dim[], misfit: Misfit): readonly Dim[] {
  const [first, ...rest] = target;
  assertOneOpen(target, misfit);
  if (first === -1 || first === null) return rest;
  return misfit("a shape that begins with the batch", formatShape(target), BATCH);
}

function assertOneOpen(target: readonly Dim[], misfit: Misfit): void {
  if (target.filter((d) => d === -1).length > 1) misfit("at most one -1", formatShape(target));
}

/** The shape after a reshape; where the first axis is the batch it stays that. */
export function reshaped(target: readonly Dim[], x: Shape, misfit: Misfit): Shape {
  if (x[0] !== null) return filled(target, x, misfit);
  const rest = behindBatch(target, misfit);
  const inner = x.slice(1);
  const isKnown = !inner.includes(null) && !rest.includes(-1);
  if (isKnown && numel(inner as number[]) !== numel(rest as number[]))
    return misfit(`${numel(inner as number[])} elements behind the batch`, formatShape(target), BATCH);
  return [null, ...filled(rest, inner, misfit)];
}

const target: Field<Dim | readonly Dim[]> = {
  schema: {
    anyOf: [
      { type: "integer" },
      { type: "array", items: { anyOf: [{ type: "null" }, { type: "integer" }] } },
    ],
    description: "a shape",
  },
};
const never: Misfit = (expected) => {
  throw new RangeError(expected);
};

export default operation({
  name: "Reshape",
  module: NUMPY,
  doc: "the same elements in another shape; one size may be −1",
  config: { newshape: { ...target, aliases: ["shape"] } },
  call: { x: operand },
  output: (c, { x }, misfit) => reshaped([c.newshape].flat() as Dim[], shapeOf(x), misfit),
  says: (c, { x }, misfit) => said([c.newshape].flat() as Dim[], shapeOf(x), misfit),
  lower(b, c, args) {
    const x = nodeOf(b, args.x);
    const open = x.shape.map((d): Dim => (d === "n" ? null : d));
    const shape = reshaped([c.newshape].flat() as Dim[], open, never);
    return b.reshape(
      x,
      shape.map((d): Size => d ?? "n"),
    );
  },
});
