import type { Builder, Operand } from "../builder.ts";
import type { CallArguments, NoArguments } from "../call-arguments.ts";
import type { Fields } from "../fields.ts";
import type { Node } from "../graph.ts";
import { defineLayer, type LayerOne, type Misfit, type WeightSpecs } from "../layer.ts";
import { notEqual } from "../layers/masks.ts";
import { type Dim, formatShape, type Shape } from "../tensor.ts";

/** Keras's module of elementwise functions. */
export const NUMPY = "keras.src.ops.numpy";

/** A function of Keras as it stands in a Functional's config: a layer of another module, with no options but its own. */
export function operation<const F extends Fields, const C extends CallArguments = NoArguments>(
  def: LayerOne<F, WeightSpecs, C> & { readonly module: string; readonly input: string },
): LayerOne<F, WeightSpecs, C> {
  return defineLayer(def);
}

/** 1 for what is not 0. */
export const truth = (b: Builder, x: Operand): Node =>
  typeof x === "number" ? b.const(x === 0 ? 0 : 1) : notEqual(b, x, 0);

/** The shape that two operands broadcast to, as numpy does. */
export function pairShape(x: Shape, y: Shape | number, misfit: Misfit): Shape {
  if (typeof y === "number") return x;
  const rank = Math.max(x.length, y.length);
  const at = (shape: Shape, k: number): Dim => (k < rank - shape.length ? 1 : shape[k - rank + shape.length]);
  return Array.from({ length: rank }, (_, k): Dim => {
    const [a, c] = [at(x, k), at(y, k)];
    if (a === 1 || c === 1) return a === 1 ? c : a;
    return a === null || c === null || a === c
      ? (a ?? c)
      : misfit("shapes that broadcast", `${formatShape(x)} and ${formatShape(y)}`);
  });
}
