import { ModelError } from "../../diagnostics.ts";
import { number } from "../fields.ts";
import { word } from "../fields/word.ts";
import { defineRegularizer, total } from "../regularizer.ts";
import { unitLength } from "../unit-length.ts";

export default defineRegularizer({
  name: "OrthogonalRegularizer",
  aliases: ["orthogonal_regularizer"],
  doc: "factor · mean of |cosine| over all pairs of a matrix's rows, or columns",
  config: { factor: number(0.01, { min: 0 }), mode: word(["rows", "columns"], "rows") },
  lower(b, c, x) {
    const [size, across] = c.mode === "rows" ? [x.shape[0], 1] : [x.shape[1], 0];
    if (x.shape.length !== 2 || typeof size !== "number") {
      throw new ModelError({
        code: "shape-mismatch",
        message: "OrthogonalRegularizer does not fit what it is given.",
        expected: `a matrix with a known number of ${c.mode}`,
        received: `shape [${x.shape.join(", ")}]`,
      });
    }
    const unit = unitLength(b, x, across);
    const cosines = b.einsum(unit, unit, { a: across ? "az" : "za", b: across ? "bz" : "zb", out: "ab" });
    const itself = b.equal(b.reshape(b.iota(size), [size, 1]), b.reshape(b.iota(size), [1, size]));
    const sum = total(b, b.where(itself, 0, b.abs(cosines)));
    return b.div(b.mul(c.factor * 0.5, sum), (size * (size - 1)) / 2);
  },
});
