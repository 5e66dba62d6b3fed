import type { Diagnostic } from "../../diagnostics.ts";
import type { Model, Weight } from "../../ir/model.ts";
import { formatShape } from "../../ir/tensor.ts";
import { type Match, mismatch, take } from "../join-weights.ts";
import type { TfjsFile } from "../model-file.ts";
import type { NamedArray } from "../stored-array.ts";
import { lastPart, leafOf, type Owner, owners, tfjsName } from "./names.ts";

/** Matches weights by the names that TensorFlow.js and the converters from Keras give them. */
export function joinTfjs(model: Model, file: TfjsFile, match: Match): void {
  const { pairs, missing, unclaimed } = pairUp(model, file.weights);
  for (const [weight, array] of pairs) take(match, [weight], [array]);
  for (const { owner, weight } of missing) {
    if (match.options.by_name) match.notes.push({ message: LEFT, at: { path: weight.path } });
    else mismatch(match, absent(owner, weight));
  }
  if (!match.options.by_name) for (const array of unclaimed) mismatch(match, foreign(array));
}

const LEFT = "The file has no weight of this name; it keeps its value.";

interface Paired {
  readonly pairs: ReadonlyMap<Weight, NamedArray>;
  readonly missing: readonly { readonly owner: Owner; readonly weight: Weight }[];
  readonly unclaimed: readonly NamedArray[];
}

/** Which array of a file is which weight of the model. */
export function pairUp(model: Model, arrays: readonly NamedArray[]): Paired {
  const all = owners(model);
  const byOwner = grouped(all, arrays);
  const pairs = new Map<Weight, NamedArray>();
  for (const owner of all) pairLayer(owner, byOwner.get(owner) ?? [], pairs);
  const claimed = new Set(pairs.values());
  return {
    pairs,
    missing: all.flatMap((owner) =>
      owner.layer.weights.filter((weight) => !pairs.has(weight)).map((weight) => ({ owner, weight })),
    ),
    unclaimed: arrays.filter((array) => !claimed.has(array)),
  };
}

/** Arrays by the layer that their names speak of: "dense/kernel", or "model/dense/kernel" with models around it. */
function grouped(
  all: readonly Owner[],
  arrays: readonly NamedArray[],
): ReadonlyMap<Owner, readonly NamedArray[]> {
  const called = new Map<string, Owner[]>();
  for (const owner of all) called.set(owner.layer.name, [...(called.get(owner.layer.name) ?? []), owner]);
  // layers of one name are told apart by the models around them
  const spoken = [...called].flatMap(([name, some]): [string, Owner][] =>
    some.length === 1 ? [[name, some[0]]] : some.map((owner) => [owner.path, owner]),
  );
  const owned = new Map(spoken);
  const groups = new Map<Owner, NamedArray[]>();
  for (const array of arrays) {
    const owner = ownerIn(array.name, owned);
    if (owner) groups.set(owner, [...(groups.get(owner) ?? []), array]);
  }
  return groups;
}

/** Whose name is the first run of parts that is any's, the longest one where several begin at one place. */
function ownerIn(name: string, owned: ReadonlyMap<string, Owner>): Owner | undefined {
  const parts = name.split("/").slice(0, MOST_PARTS);
  for (let start = 0; start < parts.length - 1; start++)
    for (let end = parts.length - 1; end > start; end--) {
      const owner = owned.get(parts.slice(start, end).join("/"));
      if (owner) return owner;
    }
  return undefined;
}

/** Names have no more parts than this: nobody nests models deeper. */
const MOST_PARTS = 64;

/** By the whole name, else in order among those whose names end alike. */
function pairLayer(owner: Owner, arrays: readonly NamedArray[], pairs: Map<Weight, NamedArray>): void {
  const { layer } = owner;
  const named = new Map(arrays.map((array) => [array.name.replace(/:0$/, ""), array]));
  const left = layer.weights.filter((weight) => {
    const array = named.get(tfjsName(layer, weight)) ?? named.get(`${layer.name}/${weight.name}`);
    if (array) pairs.set(weight, array);
    return !array;
  });
  const taken = new Set(pairs.values());
  const free = arrays.filter((array) => !taken.has(array));
  for (const leaf of new Set(left.map((weight) => leafOf(layer, weight)))) {
    const weights = left.filter((weight) => leafOf(layer, weight) === leaf);
    const found = free.filter(({ name }) => lastPart(name).replace(/:0$/, "") === leaf);
    if (weights.length === found.length) weights.forEach((weight, k) => pairs.set(weight, found[k]));
  }
}

const absent = ({ layer }: Owner, weight: Weight): Diagnostic => ({
  code: "tfjs-weight",
  message: `The file has no array for the weight ${leafOf(layer, weight)} of layer ${layer.name}.`,
  at: { path: weight.path },
  expected: `${tfjsName(layer, weight)} ${formatShape(weight.shape)}`,
  received: "no array whose name speaks of it",
});
const foreign = ({ name, shape }: NamedArray): Diagnostic => ({
  code: "tfjs-weight",
  message: "The file has an array that no layer of the model takes.",
  at: { path: name },
  received: `${name} ${formatShape(shape)}`,
});
