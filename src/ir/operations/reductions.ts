import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import { axes, type Field, type Fields, flag, nullable, number, type Optional } from "../fields.ts";
import type { Node } from "../graph.ts";
import type { Misfit } from "../layer.ts";
import { axisOf, formatShape, type Shape } from "../tensor.ts";
import { counted, fractional, promoted } from "./dtypes.ts";
import { checkedAxis, LINALG, MATH, nodeOf, NUMPY, operation, shapeOf, truth } from "./operation.ts";

type Axis = number | readonly number[] | null;
interface Folding {
  readonly axis: Axis;
  readonly keepdims?: boolean;
  readonly initial?: number | null;
  readonly dtype?: string | null;
  readonly ord?: number | string | null;
}

/** One axis, several, or null for all. */
export const foldedAxes = (): Optional<Axis> => ({ ...nullable(axes(-1)) });

/** The axes that are folded, from the front. */
export const folded = (axis: Axis, rank: number): readonly number[] =>
  axis === null ? Array.from({ length: rank }, (_, k) => k) : [axis].flat().map((k) => axisOf(k, rank));

export function left<D>(x: readonly D[], folds: readonly number[], keepdims: boolean): (D | 1)[] {
  return x.flatMap((d, k): (D | 1)[] => (!folds.includes(k) ? [d] : keepdims ? [1] : []));
}

function leftShape(x: Shape, { axis, keepdims = false }: Folding, misfit: Misfit): Shape {
  for (const one of [axis ?? []].flat()) checkedAxis(one, x.length, misfit);
  return left(x, folded(axis, x.length), keepdims);
}

interface More {
  readonly module?: string;
  readonly functions?: readonly string[];
  readonly fields?: Fields;
  readonly order?: readonly string[];
  /** The longest axis that is folded slice by slice. */
  readonly longest?: number;
}

/** What becomes of the elements along some axes: `f` keeps these as size 1. */
function reduction(
  name: string,
  doc: string,
  dtype: (x: string) => string,
  f: (b: Builder, x: Node, axes: readonly number[], c: Folding) => Node,
  { module = NUMPY, functions, fields = {}, order, longest = Infinity }: More = {},
) {
  return operation({
    name,
    module,
    doc,
    config: { axis: foldedAxes(), keepdims: flag(false), ...fields },
    call: { x: operand },
    ...(functions && { functions }),
    ...(order && { arguments: order }),
    dtype: (_c, { x }) => dtype(promoted([x])),
    output(c, args, misfit) {
      const x = shapeOf(args.x);
      const folds = folded((c as Folding).axis, x.length);
      const long = folds.find((k) => (x[k] ?? (k === 0 ? Infinity : 0)) > longest);
      if (long !== undefined)
        misfit(`an axis of at most ${longest} elements`, `axis ${long} of ${formatShape(x)}`);
      return leftShape(x, c as Folding, misfit);
    },
    lower(b, config, args) {
      const c = config as Folding;
      const x = nodeOf(b, args.x);
      const folds = folded(c.axis, x.shape.length);
      return b.reshape(f(b, x, folds, c), left(x.shape, folds, c.keepdims ?? false));
    },
  });
}

const centred = (b: Builder, x: Node, along: readonly number[]): Node => b.sub(x, b.mean(x, along));
const variance = (b: Builder, x: Node, along: readonly number[]): Node =>
  b.mean(b.square(centred(b, x, along)), along);
const least = (b: Builder, x: Node, along: readonly number[]): Node => b.neg(b.max_of(b.neg(x), along));
const isBool = (): string => "bool";
const same = (dtype: string): string => dtype;

/** One axis after the other, slice by slice. */
const product = (b: Builder, x: Node, along: readonly number[]): Node =>
  along.reduce((whole, axis) => {
    const size = whole.shape[axis] as number;
    const slices = Array.from({ length: size }, (_, k) => b.slice(whole, axis, k, k + 1));
    return slices.reduce((p, slice) => b.mul(p, slice));
  }, x);

const initial: Fields = { initial: nullable(number()) };
const ord: Field<number | string | null> & { default: null } = {
  schema: { anyOf: [{ type: "null" }, { enum: [1, 2, "fro", "euclidean"] }], description: "1, 2 or null" },
  default: null,
};

function norm(b: Builder, x: Node, along: readonly number[], { ord = null }: Folding): Node {
  return ord === 1 ? b.sum(b.abs(x), along) : b.sqrt(b.sum(b.square(x), along));
}

export default [
  reduction("Sum", "Σ x", counted, (b, x, along) => b.sum(x, along)),
  reduction("Mean", "the mean", fractional, (b, x, along) => b.mean(x, along)),
  reduction(
    "Max",
    "the largest",
    same,
    (b, x, along, { initial = null }) => {
      const top = b.max_of(x, along);
      return initial === null ? top : b.max(top, initial);
    },
    { fields: initial },
  ),
  reduction(
    "Min",
    "the least",
    same,
    (b, x, along, { initial = null }) => {
      const low = least(b, x, along);
      return initial === null ? low : b.min(low, initial);
    },
    { fields: initial },
  ),
  reduction("Amax", "the largest", same, (b, x, along) => b.max_of(x, along)),
  reduction("Amin", "the least", same, least),
  reduction("Var", "the mean of (x − mean)²", fractional, variance),
  reduction("Std", "√ of the mean of (x − mean)²", fractional, (b, x, along) =>
    b.sqrt(variance(b, x, along)),
  ),
  reduction("Logsumexp", "log Σ exp(x)", fractional, (b, x, along) => b.logsumexp(x, along), {
    module: MATH,
  }),
  reduction("Any", "whether any is true", isBool, (b, x, along) => b.max_of(truth(b, x), along)),
  reduction("All", "whether all are true", isBool, (b, x, along) => least(b, truth(b, x), along)),
  reduction("Norm", "√Σ x²; Σ |x| where ord is 1", fractional, norm, {
    module: LINALG,
    fields: { ord },
    order: ["x", "ord", "axis", "keepdims"],
  }),
  reduction("Prod", "the product", counted, product, {
    longest: 1024,
    fields: { dtype: { schema: { type: "null" }, default: null } },
  }),
];
