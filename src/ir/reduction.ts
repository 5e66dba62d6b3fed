import { ModelError } from "../diagnostics.ts";
import type { Builder, Operand } from "./builder.ts";
import type { OlderKeras } from "./fields.ts";
import { releaseOf } from "./fields/release.ts";
import type { Node, Sizes } from "./graph.ts";

/** What Keras accepts for `reduction`, `auto` of tf.keras and `mean` already translated. */
export type Reduction = "sum_over_batch_size" | "sum" | "mean_with_sample_weight";

/** How the values of a loss become one, and the Keras 1 or 2 that does it where that is not Keras 3. */
export interface Reduced {
  readonly reduction: Reduction;
  readonly older?: OlderKeras | undefined;
}

/** A loss or metric for every sample (or sample and step); where `mask` is 0 nothing was to be predicted. */
export interface Values {
  readonly values: Node;
  readonly mask?: Node;
}

const rank = (x: { readonly shape: Sizes }): number => x.shape.length;
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, k) => from + k);

/**
 * Shapes of a pair brought to one rank, as Keras does: where they differ by a last dimension of 1, it is squeezed
 * away, or given to the other one if that has rank 1.
 */
export function sameRank(a: Sizes, b: Sizes): readonly [Sizes, Sizes] {
  if (a.length === b.length + 1 && a.at(-1) === 1)
    return b.length === 1 ? [a, [...b, 1]] : [a.slice(0, -1), b];
  if (b.length === a.length + 1 && b.at(-1) === 1)
    return a.length === 1 ? [[...a, 1], b] : [a, b.slice(0, -1)];
  return [a, b];
}
export function toSameRank(b: Builder, x: Node, y: Node): readonly [Node, Node] {
  const [sx, sy] = sameRank(x.shape, y.shape);
  return [b.reshape(x, sx), b.reshape(y, sy)];
}

/** Removes axes of size 1. */
export function squeeze(b: Builder, x: Node, axes: readonly number[]): Node {
  return b.reshape(
    x,
    x.shape.filter((_, k) => !axes.includes(k)),
  );
}
/** The sum of all elements, of shape []. */
export const total = (b: Builder, x: Node): Node => b.reshape(b.sum(x, range(0, rank(x))), []);

/** Mean over `axes`, which disappear. */
export const meanOver = (b: Builder, x: Node, axes: readonly number[]): Node =>
  squeeze(b, b.mean(x, axes), axes);
export const sumOver = (b: Builder, x: Node, axes: readonly number[]): Node =>
  squeeze(b, b.sum(x, axes), axes);

/** Keras's `divide_no_nan`: 0 where the divisor is 0. */
export function divideNoNan(b: Builder, x: Operand, by: Node): Node {
  const zero = b.equal(by, 0);
  return b.where(zero, 0, b.div(x, b.where(zero, 1, by)));
}

/** Whether a mean is taken over what a mask leaves out, too, as 0: in Keras 2.3, and from TensorFlow's 2.0 to 2.10. */
function meansOverAll(older: OlderKeras | undefined): boolean {
  const release = older && releaseOf(older);
  return release !== undefined && release.number < 21100 && (release.tensorflow || release.number >= 20300);
}

/**
 * Entries under the mask get weight total/valid, so that the mean is taken over valid entries alone. Of none it is 0 in
 * Keras 3, and no number in Keras 2.
 */
function maskWeights(b: Builder, mask: Node, { reduction, older }: Reduced): Node {
  if (reduction !== "sum_over_batch_size" || meansOverAll(older)) return mask;
  const [all, valid] = [b.count(mask, range(0, rank(mask))), total(b, mask)];
  return b.mul(mask, older ? b.div(all, valid) : divideNoNan(b, all, valid));
}

/** In Keras 2 a weight a sample counts for all its steps. */
const forSteps = (b: Builder, weight: Node, x: Node, older: OlderKeras | undefined): Node =>
  older && rank(weight) === rank(x) - 1 ? b.reshape(weight, [...weight.shape, 1]) : weight;

/** What samples count, where a mask says that some do not. */
export function mergeMask(
  b: Builder,
  weight: Node | undefined,
  mask: Node | undefined,
  older?: OlderKeras,
): Node | undefined {
  if (!weight || !mask) return weight ?? mask;
  const [m, w] = toSameRank(b, mask, forSteps(b, weight, mask, older));
  checkMask("sample weights", w, m);
  return b.mul(w, m);
}

/** The values of a loss with the mask that came with the predictions. */
export function masked(b: Builder, { values, mask }: Values, came: Node | undefined): Values {
  if (!came) return mask ? { values, mask } : { values };
  return { values, mask: mask ? b.mul(mask, came) : came };
}

const broadcast = (a: Sizes, b: Sizes): boolean =>
  a.length === b.length && a.every((d, k) => d === 1 || b[k] === 1 || d === b[k]);

function checkMask(what: string, x: Node, mask: Node): void {
  if (broadcast(x.shape, mask.shape)) return;
  throw new ModelError({
    code: "mask-mismatch",
    message: `The mask of an output does not fit the ${what}.`,
    expected: `${what} of shape [${mask.shape.join(", ")}], as the mask has`,
    received: `[${x.shape.join(", ")}]`,
  });
}

/** Weights that neither have the shape of the values nor spread over them are refused. */
function checkWeights(values: Node, weight: Node): void {
  const lack = rank(values) - rank(weight);
  const fits =
    lack >= 0 &&
    weight.shape.every((d, k) => d === 1 || d === values.shape[lack + k] || values.shape[lack + k] === 1);
  if (fits) return;
  throw new ModelError({
    code: "bad-data",
    message: "The sample weights do not fit the values of the loss.",
    expected: `sample weights of shape [${values.shape.join(", ")}], or less where an axis has size 1`,
    received: `[${weight.shape.join(", ")}]`,
  });
}

/** The sum of all values, each as often as it counts, and how many they are. */
interface Sum {
  readonly sum: Node;
  readonly count: Operand;
}
const summed = (b: Builder, values: Node): Sum => ({
  sum: total(b, values),
  count: b.count(values, range(0, rank(values))),
});

/** Whether a mask has an axis of 1 behind the batch that the values lack, as that of attention's scores. */
const crosses = ({ shape }: Node, mask: Node): boolean =>
  mask.shape[1] === 1 && broadcast(shape.slice(1), mask.shape.slice(2));

/** Keras spreads such values by their last axes: those of every sample meet the mask of every sample. */
function crossed(b: Builder, values: Node, mask: Node): Sum {
  const [x, m] = [b.sum(values, [0]), squeeze(b, b.sum(mask, [0]), [1])];
  const { sum, count } = summed(b, b.mul(x, m));
  return { sum, count: b.mul(count, b.mul(b.count(values, [0]), b.count(mask, [0]))) };
}

function weighted(b: Builder, values: Node, weight: Node, isMask: boolean): Sum {
  if (isMask && crosses(values, weight)) return crossed(b, values, weight);
  if (isMask) checkMask("values of the loss", values, weight);
  else checkWeights(values, weight);
  return summed(b, b.mul(values, weight));
}

/** The scalar a loss becomes. */
export function reduceLoss(b: Builder, loss: Values, sampleWeight: Node | undefined, how: Reduced): Node {
  const { reduction } = how;
  const mask = loss.mask && maskWeights(b, loss.mask, how);
  const weight = mergeMask(b, sampleWeight, mask, how.older);
  const { sum, count } = weight
    ? weighted(
        b,
        ...toSameRank(b, loss.values, forSteps(b, weight, loss.values, how.older)),
        mask !== undefined,
      )
    : summed(b, loss.values);
  if (reduction === "sum") return sum;
  if (reduction === "mean_with_sample_weight" && weight) return divideNoNan(b, sum, total(b, weight));
  const mean = b.div(sum, count);
  return sampleWeight && leavesOutZeros(how.older) ? b.div(mean, shareOfOthers(b, sampleWeight)) : mean;
}

/** Whether samples of weight 0 are left out of a mean: until Keras 2.3. */
function leavesOutZeros(older: OlderKeras | undefined): boolean {
  const release = older && releaseOf(older);
  return release !== undefined && !release.tensorflow && release.number < 20300;
}

/** How many weights are not 0, as a part of all. */
function shareOfOthers(b: Builder, weight: Node): Node {
  const axes = range(0, rank(weight));
  return b.div(total(b, b.sub(1, b.equal(weight, 0))), b.count(weight, axes));
}

/** What a running mean gains from a batch: the sum of the samples' values and how much they count. */
export function reduceMetric(b: Builder, metric: Values, sampleWeight?: Node): { total: Node; count: Node } {
  let values = metric.values;
  if (!sampleWeight) {
    return { total: total(b, meanOver(b, values, range(1, rank(values)))), count: b.batch() };
  }
  let weight = mergeMask(b, sampleWeight, metric.mask)!;
  [values, weight] = toSameRank(b, values, weight);
  if (rank(values) > rank(weight)) values = meanOver(b, values, range(rank(weight), rank(values)));
  if (rank(values) < rank(weight)) checkMask("values of a metric", values, weight);
  weight = b.expand(weight, values.shape);
  values = b.mul(values, weight);
  const counts = meanOver(b, weight, range(1, rank(weight)));
  return { total: total(b, meanOver(b, values, range(1, rank(values)))), count: total(b, counts) };
}
