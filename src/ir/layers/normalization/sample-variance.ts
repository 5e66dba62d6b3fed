import type { Builder } from "../../builder.ts";
import type { OlderKeras } from "../../fields.ts";
import { releaseOf } from "../../fields/release.ts";
import type { Node } from "../../graph.ts";

/** What a batch's variance is divided by besides the number of its elements: n, or a little less. */
type Correction = (b: Builder, n: Node) => Node;
const bessel: Correction = (b, n) => b.div(n, b.max(b.sub(n, 1), 1));

/** The one kernel for a whole normalization, which TensorFlow has for images (and, later, volumes), estimates a population's variance. */
const fused = (rank: number, axis: number): boolean =>
  (rank === 4 || rank === 5) && (axis === 1 || axis === rank - 1);

function corrections(from: OlderKeras, rank: number, axis: number, epsilon: number): readonly Correction[] {
  const release = releaseOf(from);
  if (!release) return [];
  const { number, tensorflow } = release;
  if (tensorflow) return fused(rank, axis) ? [bessel] : [];
  const kernel = number >= 20103 && rank === 4 && axis === 3 ? [bessel] : [];
  const own: Correction = (b, n) => b.div(n, b.sub(n, 1 + epsilon));
  return number >= 20104 ? [...kernel, own] : kernel;
}

/** Whether masked steps are left out of a batch's mean and variance: not before Keras 2.12, and not in that kernel. */
export function heedsMask(older: OlderKeras | undefined, rank: number, axis: number): boolean {
  const release = older && releaseOf(older);
  return !release || (release.number >= 21200 && !fused(rank, axis));
}

/** What training does to a frozen layer. */
export interface Frozen {
  /** It takes the statistics of the batch, not the moving ones. */
  readonly by_batch: boolean;
  /** Its moving statistics move on. */
  readonly moves: boolean;
}

/** Until TensorFlow 2, a frozen layer went on with the statistics of the batch; until Keras 2.1.3, it kept counting them. */
export function whenFrozen(older: OlderKeras | undefined): Frozen {
  const release = older && releaseOf(older);
  if (!release) return { by_batch: false, moves: false };
  const { number, tensorflow } = release;
  return { by_batch: number < 20204 || !tensorflow, moves: number < 20103 && !tensorflow };
}

interface Sampled {
  readonly axis: number;
  readonly epsilon: number;
  readonly older: OlderKeras | undefined;
  /** See `Extra.sample_axes`. */
  readonly sample_axes: number;
}

/** The variance of a batch as Keras 1 and 2 put it into the moving one: for some, that of the population it is drawn from. */
export function sampleVariance(
  b: Builder,
  variance: Node,
  x: Node,
  { axis, epsilon, older, sample_axes }: Sampled,
): Node {
  if (!older) return variance;
  const others = x.shape.filter((_, k) => k !== axis);
  const fixed = others.filter((d): d is number => d !== "n").reduce((p, q) => p * q, 1);
  const n = b.mul(b.batch(), fixed);
  return corrections(older, x.shape.length - sample_axes, axis - sample_axes, epsilon).reduce((v, factor) => {
    const scale = b.reshape(
      factor(b, n),
      v.shape.map(() => 1),
    );
    return b.mul(v, scale);
  }, variance);
}
