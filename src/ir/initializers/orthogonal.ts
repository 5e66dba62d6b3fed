import { number } from "../fields.ts";
import { defineInitializer, misfit, seed } from "../initializer.ts";
import { normal } from "../random/draws.ts";

function dot(x: Float64Array, y: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += x[i] * y[i];
  return sum;
}
/** x ← x − c · y */
function subtract(x: Float64Array, c: number, y: Float64Array): void {
  for (let i = 0; i < x.length; i++) x[i] -= c * y[i];
}

/**
 * Makes the columns of a matrix orthonormal: the factor Q of its QR decomposition whose R has a positive diagonal.
 * Gram and Schmidt in doubles: for a random matrix far more exact than the float32 that comes of it.
 */
function orthonormalize(columns: readonly Float64Array[]): void {
  columns.forEach((v, j) => {
    for (let k = 0; k < j; k++) subtract(v, dot(v, columns[k]), columns[k]);
    const length = Math.sqrt(dot(v, v));
    for (let i = 0; i < v.length; i++) v[i] /= length;
  });
}

export default defineInitializer({
  name: "Orthogonal",
  aliases: ["orthogonal", "OrthogonalInitializer"],
  saved: "OrthogonalInitializer",
  doc: "gain · an orthogonal matrix; a kernel counts as one with all axes but the last as rows",
  config: { gain: number(1), seed },
  random: true,
  draw(c, shape, from) {
    if (shape.length < 2) misfit("Orthogonal", "a weight of rank 2 or more", shape);
    const columns = shape[shape.length - 1];
    const rows = shape.slice(0, -1).reduce((a, b) => a * b, 1);
    const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
    const drawn = normal(long * short, 0, 1, [from, 0]);
    const basis = Array.from({ length: short }, (_, j) =>
      Float64Array.from({ length: long }, (_v, i) => drawn[i * short + j]),
    );
    orthonormalize(basis);
    const at = (i: number, j: number): number => (rows < columns ? basis[i][j] : basis[j][i]);
    const gain = Math.fround(c.gain);
    return Float32Array.from(
      { length: rows * columns },
      (_, k) => gain * Math.fround(at(Math.floor(k / columns), k % columns)),
    );
  },
});
