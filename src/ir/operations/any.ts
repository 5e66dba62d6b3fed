import { axes, flag, nullable } from "../fields.ts";
import { axisOf, type Shape } from "../tensor.ts";
import { NUMPY, operation, truth } from "./operation.ts";

/** The axes that are folded, from the front; all where none are given. */
const folded = (axis: number | readonly number[] | null, rank: number): readonly number[] =>
  axis === null ? Array.from({ length: rank }, (_, k) => k) : [axis].flat().map((k) => axisOf(k, rank));

function left<D>(x: readonly D[], folds: readonly number[], keepdims: boolean): (D | 1)[] {
  return x.flatMap((d, k): (D | 1)[] => (!folds.includes(k) ? [d] : keepdims ? [1] : []));
}

export default operation({
  name: "Any",
  module: NUMPY,
  doc: "whether any element along the axis or axes is true",
  config: { axis: nullable(axes(-1)), keepdims: flag(false) },
  input: "x",
  dtype: "bool",
  output(c, x, misfit): Shape {
    const folds = folded(c.axis, x.length);
    if (folds.includes(0)) misfit("an axis other than the batch", `axis ${JSON.stringify(c.axis)}`);
    if (folds.some((k) => !(k in x))) misfit("axes that the input has", `axis ${JSON.stringify(c.axis)}`);
    return left(x, folds, c.keepdims);
  },
  lower(b, c, x) {
    const folds = folded(c.axis, x.shape.length);
    return b.reshape(b.max_of(truth(b, x), folds), left(x.shape, folds, c.keepdims));
  },
});
