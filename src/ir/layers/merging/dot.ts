import { type Field, flag, keras1 } from "../../fields.ts";
import { defineMerge } from "../../layer.ts";
import { axisOf, formatShape, type Shape } from "../../tensor.ts";
import { unitLength } from "../../unit-length.ts";
import { mergeOf } from "./older.ts";

type Axes = number | readonly number[];
const pair: Field<Axes> = {
  schema: {
    anyOf: [{ type: "integer" }, { type: "array", items: { type: "integer" }, minItems: 2, maxItems: 2 }],
    description: "an axis or a list of 2 axes",
  },
};

/** The axis of each input that is summed over, counted from the front. */
function axesOf(axes: Axes, xs: readonly { readonly length: number }[]): number[] {
  return xs.map((x, k) => axisOf(typeof axes === "number" ? axes : axes[k], x.length));
}
const without = <T>(list: readonly T[], axis: number): T[] => list.filter((_, k) => k !== axis);

/** A letter for each dimension: the batch's, the summed one's, and those of `rest`. */
const lettersOf = (rank: number, axis: number, rest: string): string =>
  Array.from({ length: rank }, (_, k) =>
    k === 0 ? "n" : k === axis ? "s" : rest[k - (k > axis ? 2 : 1)],
  ).join("");

export default defineMerge({
  name: "Dot",
  doc: "Σ x · y over one axis of each input; normalize divides both by their length along it first",
  arity: "many",
  config: { axes: keras1("dot_axes", pair), normalize: flag(false) },
  older: {
    classes: [mergeOf("dot", "dot_axes"), { ...mergeOf("cos", "dot_axes"), means: { normalize: true } }],
    // of more, Keras 1 multiplies the lengths of rows with other rows
    fits: ({ normalize }, [x], { version }, misfit) => {
      if (normalize === true && version?.startsWith("1") === true && x.length > 2)
        misfit('inputs of 2 dimensions, where Keras 1 merges by "cos"', `shape ${formatShape(x)}`);
    },
  },
  supports_masking: true,
  output(c, xs, misfit): Shape {
    if (xs.length !== 2) misfit("a list of 2 inputs", `${xs.length}`);
    const received = `axes ${JSON.stringify(c.axes)} of ${xs.map(formatShape).join(", ")}`;
    const axes = axesOf(c.axes, xs);
    if (axes.includes(0)) misfit("axes other than the batch", received);
    if (xs.some((x, k) => !(axes[k] in x))) misfit("axes that both inputs have", received);
    const [[x, y], [i, j]] = [xs, axes];
    if (x[i] !== null && y[j] !== null && x[i] !== y[j]) misfit("the same size along both axes", received);
    const shape = [...without(x, i), ...without(y, j).slice(1)];
    return shape.length === 1 ? [...shape, 1] : shape;
  },
  lower(b, c, xs) {
    const axes = axesOf(
      c.axes,
      xs.map((x) => x.shape),
    );
    const [x, y] = c.normalize ? xs.map((one, k) => unitLength(b, one, axes[k])) : xs;
    const [first, second] = [x.shape.length, y.shape.length];
    const letters = "abcdefghijklm";
    const [p, q] = [letters.slice(0, first - 2), letters.slice(first - 2, first + second - 4)];
    const e = { a: lettersOf(first, axes[0], p), b: lettersOf(second, axes[1], q), out: `n${p}${q}` };
    const product = b.einsum(x, y, e);
    return product.shape.length === 1 ? b.reshape(product, [product.shape[0], 1]) : product;
  },
  mask: () => undefined,
});
