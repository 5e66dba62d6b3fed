import type { Weight } from "../ir/model.ts";
import type { Values, WeightValues } from "./weights-h5.ts";

/** A weight with the two factors that are trained in its place. */
export interface AdaptedWeight {
  readonly weight: Weight;
  readonly factors: readonly [Weight, Weight];
  readonly scale: number;
}

/** Those among the weights of a layer. */
export function adaptedIn(weights: readonly Weight[]): readonly AdaptedWeight[] {
  const named = (wanted: string): Weight => weights.find(({ name }) => name === wanted)!;
  return weights.flatMap((weight) => {
    const { factors: [a, b] = [], scale } = weight.adapted ?? {};
    return scale === undefined ? [] : [{ weight, factors: [named(a!), named(b!)] as const, scale }];
  });
}

/** What a layer computes with, which is all that Keras 3's own files hold: the weight and the scaled product of its factors. */
export function mergedValues(values: WeightValues, { weight, factors, scale }: AdaptedWeight): Values {
  const { shape, data } = values.get(weight.path)!;
  const [a, b] = factors.map(({ path }) => values.get(path)!);
  const [rank, width] = b.shape;
  const sum = (row: number, column: number): number => {
    let all = 0;
    for (let k = 0; k < rank; k++) all += a.data[row * rank + k] * b.data[k * width + column];
    return Math.fround(all);
  };
  const times = Math.fround(scale);
  const merged = data.map((w, i) => w + Math.fround(times * sum(Math.floor(i / width), i % width)));
  return { shape, data: merged };
}
