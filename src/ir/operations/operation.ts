import type { Builder, Operand } from "../builder.ts";
import type { Bound, CallArguments } from "../call-arguments.ts";
import type { Config, Fields } from "../fields.ts";
import type { Node } from "../graph.ts";
import type { LayerMany, Misfit, WeightSpecs } from "../layer.ts";
import { notEqual } from "../layers/masks.ts";
import { type Dim, formatShape, type Shape } from "../tensor.ts";
import { promoted } from "./dtypes.ts";

/** Keras's modules of functions. */
export const NUMPY = "keras.src.ops.numpy";
export const NN = "keras.src.ops.nn";
export const MATH = "keras.src.ops.math";
export const CORE = "keras.src.ops.core";
export const LINALG = "keras.src.ops.linalg";

/** A function of Keras as it stands in a Functional's config. */
export interface OperationDef<F extends Fields, C extends CallArguments> {
  /** Keras's class: its own name is also what Keras counts in automatic names. */
  readonly name: string;
  readonly module: string;
  /** One line for the docs: the formula. */
  readonly doc: string;
  /** What the class is made with; what is left are arguments of the call. */
  readonly config: F;
  readonly call: C;
  /** Names in `keras.ops`; the class name in snake case where absent. */
  readonly functions?: readonly string[];
  /** Python's arguments of the function in order, where that is not the call's, then the config's. */
  readonly arguments?: readonly string[];
  /** As of a layer. */
  readonly hands_on?: true;
  /** Type of the result; what its operands are promoted to where absent. */
  readonly dtype?: string | ((c: Config<F>, args: Bound<C, string>) => string);
  outputs?(c: Config<F>, args: Bound<C, unknown>): number;
  output(c: Config<F>, args: Bound<C, Shape>, misfit: Misfit): Shape | readonly Shape[];
  /** Keras's rule for the shape where it asks less of its operands than a run does. */
  says?(c: Config<F>, args: Bound<C, Shape>, misfit: Misfit): Shape | readonly Shape[];
  lower(b: Builder, c: Config<F>, args: Bound<C, Node>): Node | readonly Node[];
}
/** An operation as everything else sees it: a layer of another module, without input or weights. */
export type Operation<F extends Fields = Fields, C extends CallArguments = CallArguments> = LayerMany<
  F,
  WeightSpecs,
  C
> &
  Pick<OperationDef<F, C>, "module" | "arguments"> & { readonly functions: readonly string[] };

export function operation<const F extends Fields, const C extends CallArguments>(
  def: OperationDef<F, C>,
): Operation<F, C> {
  const { output, lower, functions = [snake(def.name)], ...rest } = def;
  return {
    dtype: (_c: Config<F>, args: Bound<C, string>) =>
      promoted(Object.values(args as object).flat() as (string | number)[]),
    ...rest,
    functions,
    arity: "many",
    operands: true,
    output: (c, _x, misfit, args) => output(c, args, misfit),
    lower: (b, c, _x, _w, { args }) => lower(b, c, args),
  };
}

const snake = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();

/** An operand as a node. */
export const nodeOf = (b: Builder, x: Operand): Node => (typeof x === "number" ? b.const(x) : x);

/** 1 for what is not 0. */
export const truth = (b: Builder, x: Operand): Node =>
  typeof x === "number" ? b.const(x === 0 ? 0 : 1) : notEqual(b, x, 0);

/** The shape of an operand; a number has none of its own. */
export const shapeOf = (x: Shape | number): Shape => (typeof x === "number" ? [] : x);

/** The shape that operands broadcast to, as numpy does. */
export function broadcastShape(operands: readonly (Shape | number)[], misfit: Misfit): Shape {
  return operands.map(shapeOf).reduce((x, y) => pairShape(x, y, misfit));
}

function pairShape(x: Shape, y: Shape, misfit: Misfit): Shape {
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

/** An axis of a shape of this rank, from the front; refused where there is none such. */
export function checkedAxis(axis: number, rank: number, misfit: Misfit): number {
  const from = axis < 0 ? axis + rank : axis;
  return from >= 0 && from < rank ? from : misfit(`an axis from ${-rank} to ${rank - 1}`, `axis ${axis}`);
}

/** The batch comes first in every tensor here. */
export function notBatch(axis: number, misfit: Misfit): void {
  if (axis === 0)
    misfit("an axis other than the batch", "axis 0", "Rows of a batch are computed one by one.");
}
