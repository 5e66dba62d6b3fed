import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";

/** How much an element counts by its distance from the place asked for, which is nothing beyond `radius`. */
interface Kernel {
  readonly radius: number;
  /** Pixels are points and not areas: each begins where its source does. */
  readonly points?: true;
  at(distance: number): number;
}

const lanczos = (radius: number): Kernel => ({
  radius,
  at(d) {
    if (d >= radius) return 0;
    const x = Math.PI * d;
    return d < 1e-3 ? 1 : (radius * Math.sin(x) * Math.sin(x / radius)) / (x * x);
  },
});
/** Keys's cubic with a = −½. */
function cubic(d: number): number {
  if (d <= 1) return (1.5 * d - 2.5) * d * d + 1;
  return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
}
/** TensorFlow reads the cubic from a table of 1024 steps. */
const stepped = (d: number): number => Math.round(d * 1024) / 1024;

/** What "bilinear" was until Keras became TensorFlow's: no word that Keras takes, so that nobody writes it. */
export const POINTS = "bilinear (Keras until 2.3)";

const kernels = {
  bilinear: { radius: 1, at: (d) => Math.max(0, 1 - d) },
  [POINTS]: { radius: 1, points: true, at: (d) => Math.max(0, 1 - d) },
  bicubic: { radius: 2, at: (d) => cubic(stepped(d)) },
  lanczos3: lanczos(3),
  lanczos5: lanczos(5),
} as const satisfies Readonly<Record<string, Kernel>>;
export type Interpolation = keyof typeof kernels;
/** Every interpolation that Keras has but repetition. */
export const INTERPOLATIONS = [
  "bilinear",
  "bicubic",
  "lanczos3",
  "lanczos5",
] as const satisfies readonly Interpolation[];

/**
 * What each of 2 · reach + 1 neighbours gives to each of the `times` elements that come from one, as [taps, times]:
 * where pixels are areas, element p looks at (p + ½) / times − ½ from the middle of its source.
 */
function shares(b: Builder, { radius, points, at }: Kernel, times: number, reach: number): Node {
  const half = points ? 0 : 0.5;
  const rows = Array.from({ length: 2 * reach + 1 }, (_, t) =>
    Array.from({ length: times }, (_, p) => {
      const distance = Math.abs(t - reach - ((p + half) / times - half));
      return b.reshape(b.const(distance < radius ? at(distance) : 0), [1]);
    }),
  );
  return b.reshape(b.concat(rows.flat(), 0), [rows.length, times]);
}

/** `times` elements for each of an axis, from its neighbours; the shares of those beyond the border go to the others. */
export function interpolated(b: Builder, x: Node, axis: number, times: number, by: Interpolation): Node {
  if (times === 1) return x;
  const kernel = kernels[by];
  const reach = kernel.radius;
  const weights = shares(b, kernel, times, reach);
  const spread = (y: Node, along: number): Node => {
    const size = y.shape[along] as number;
    const padded = b.pad(y, [{ axis: along, before: reach, after: reach }]);
    const seen = b.window(padded, [
      { axis: along, size, taps: 2 * reach + 1, stride: 1, dilation: 1, start: 0 },
    ]);
    const letters = "abcdef".slice(0, y.shape.length);
    const [before, after] = [letters.slice(0, along + 1), letters.slice(along + 1)];
    const z = b.einsum(seen, weights, { a: `${before}t${after}`, b: "tp", out: `${before}p${after}` });
    return b.reshape(
      z,
      y.shape.map((d, k) => (k === along ? size * times : d)),
    );
  };
  const size = x.shape[axis] as number;
  const inside = spread(b.expand(b.reshape(b.const(1), [1]), [size]), 0);
  const along = x.shape.map((_, k) => (k === axis ? size * times : 1));
  return b.div(spread(x, axis), b.reshape(inside, along));
}
