import { releaseOf } from "../ir/fields/release.ts";
import type { Model, Weight } from "../ir/model.ts";
import { trainableWeights } from "../ir/train.ts";
import { arraysFor, type ArraysFor, type Origin, originOf, runsOf, takenBy } from "./legacy-arrays.ts";
import { legacyOrder, ownersIn } from "./legacy-order.ts";
import { type Pair, pairedByOrder } from "./legacy-pairs.ts";
import type { LegacyFile } from "./model-file.ts";

/**
 * How the slots of an optimizer of Keras 1 or 2 are read, which are arranged as the weights are; undefined for
 * Keras 3. Until Keras 2.0.5 the weights were sorted by name before slots were made for them.
 */
export function olderSlots(model: Model, file: LegacyFile): ArraysFor | undefined {
  const origin = originOf(file);
  if (origin.keras === "3") return undefined;
  const owners = new Map(model.layers.flatMap((layer) => [...ownersIn(layer)]));
  const trained = new Set(trainableWeights(model));
  const names = sortsByName(file)
    ? (pairedByOrder(model, file) ?? []).flatMap((pair) => trainedNames(pair, trained, origin))
    : [];
  const ranks = ranksOf(names);
  return (weights, next) => {
    const inOrder = [...ranks.map((rank) => next[rank]), ...next.slice(ranks.length)];
    return arraysFor(
      weights,
      owners,
      inOrder.filter((array) => array !== undefined),
      origin,
    );
  };
}

function sortsByName(file: LegacyFile): boolean {
  const { keras_version: version } = file;
  const release = version === undefined ? undefined : releaseOf({ version });
  return originOf(file).keras1 || (release?.number ?? Infinity) < 20006;
}

/** What the file calls the arrays of a layer that are trained. */
function trainedNames([layer, saved]: Pair, trained: ReadonlySet<Weight>, origin: Origin): readonly string[] {
  const owners = ownersIn(layer);
  const names: string[] = [];
  let rest = saved.weights;
  for (const run of runsOf(legacyOrder(layer, origin.keras), owners)) {
    const { count } = takenBy(owners.get(run[0])!, run, rest, origin);
    if (trained.has(run[0])) names.push(...rest.slice(0, count).map((array) => array.name));
    rest = rest.slice(count);
  }
  return names;
}

/** The place of each name among all, sorted. */
function ranksOf(names: readonly string[]): readonly number[] {
  const sorted = names
    .map((_, k) => k)
    .sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b));
  const ranks = new Array<number>(names.length);
  sorted.forEach((k, rank) => (ranks[k] = rank));
  return ranks;
}
