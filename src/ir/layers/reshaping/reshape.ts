import { ints } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape, numel, type Shape } from "../../tensor.ts";

/** The target with its −1 replaced by what is left; undefined where it cannot be. */
function resolved(target: readonly number[], input: Shape): Shape | undefined {
  const known = numel(target.filter((d) => d !== -1));
  if (input.includes(null)) return target.map((d) => (d === -1 ? null : d));
  const size = numel(input as number[]);
  if (!target.includes(-1)) return known === size ? target : undefined;
  return known && size % known === 0 ? target.map((d) => (d === -1 ? size / known : d)) : undefined;
}

export default defineLayer({
  name: "Reshape",
  doc: "the same elements in another shape; one size may be −1",
  config: { target_shape: ints({ min: -1, listed: true, floats: true }) },
  complete(c, wrong) {
    const free = c.target_shape.filter((d) => d === -1).length;
    if (free > 1 || c.target_shape.includes(0))
      wrong("target_shape", "sizes of 1 or more, at most one −1", JSON.stringify(c.target_shape));
    return c;
  },
  output(c, x, misfit) {
    const rest = x.slice(1);
    const target = resolved(c.target_shape, rest);
    return target
      ? [x[0], ...target]
      : misfit(`as many elements as ${formatShape(c.target_shape)} has`, formatShape(rest));
  },
  lower: (b, c, x) =>
    b.reshape(x, [x.shape[0], ...(resolved(c.target_shape, x.shape.slice(1) as number[]) as number[])]),
});
