import type { Expr } from "../kernels.ts";
import { constant } from "./site.ts";

/**
 * The three linear maps of Winograd's convolution with three taps: Y = Aᵀ[(G g Gᵀ) ∘ (Bᵀ d B)]A for a tile of
 * `outputs`² results. Source: Lavin and Gray, Fast Algorithms for Convolutional Neural Networks (2015), section 4.1.
 */
export interface Transforms {
  readonly outputs: number;
  /** Bᵀ: of the image. */
  readonly image: Matrix;
  /** G: of the weights. */
  readonly weights: Matrix;
  /** Aᵀ: of the products. */
  readonly result: Matrix;
}
export type Matrix = readonly (readonly number[])[];

export const WINOGRAD: Readonly<Record<2 | 4, Transforms>> = {
  2: {
    outputs: 2,
    image: [
      [1, 0, -1, 0],
      [0, 1, 1, 0],
      [0, -1, 1, 0],
      [0, 1, 0, -1],
    ],
    weights: [
      [1, 0, 0],
      [1 / 2, 1 / 2, 1 / 2],
      [1 / 2, -1 / 2, 1 / 2],
      [0, 0, 1],
    ],
    result: [
      [1, 1, 1, 0],
      [0, 1, -1, -1],
    ],
  },
  4: {
    outputs: 4,
    image: [
      [4, 0, -5, 0, 1, 0],
      [0, -4, -4, 1, 1, 0],
      [0, 4, -4, -1, 1, 0],
      [0, -2, -1, 2, 1, 0],
      [0, 2, -1, -2, 1, 0],
      [0, 4, 0, -5, 0, 1],
    ],
    weights: [
      [1 / 4, 0, 0],
      [-1 / 6, -1 / 6, -1 / 6],
      [-1 / 6, 1 / 6, -1 / 6],
      [1 / 24, 1 / 12, 1 / 6],
      [1 / 24, -1 / 12, 1 / 6],
      [0, 0, 1],
    ],
    result: [
      [1, 1, 1, 1, 1, 0],
      [0, 1, -1, 2, -2, 0],
      [0, 1, 1, 4, 4, 0],
      [0, 1, -1, 8, -8, 1],
    ],
  },
};

/** Σ factor · x, without the products that are none; what is added comes first. */
export function weighted(factors: readonly number[], xs: (k: number) => Expr): Expr {
  const terms = factors
    .map((factor, k) => ({ factor, k }))
    .filter(({ factor }) => factor !== 0)
    .sort((p, q) => Number(p.factor < 0) - Number(q.factor < 0));
  const [first, ...rest] = terms;
  return rest.reduce<Expr>(
    (sum, { factor, k }) => plus(sum, factor, xs(k)),
    scaled(first.factor, xs(first.k)),
  );
}

function scaled(factor: number, x: Expr): Expr {
  if (factor === 1) return x;
  return factor === -1
    ? { kind: "unary", op: "neg", x }
    : { kind: "binary", op: "mul", x, y: constant(factor) };
}

function plus(sum: Expr, factor: number, x: Expr): Expr {
  if (Math.abs(factor) === 1) return { kind: "binary", op: factor > 0 ? "add" : "sub", x: sum, y: x };
  return { kind: "mac", x, y: constant(factor), z: sum };
}
