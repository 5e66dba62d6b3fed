import { mismatch, take, type Match } from "./join-weights.ts";
import { type Diagnostic, ModelError } from "../diagnostics.ts";
import type { Model } from "../ir/model.ts";
import { formatShape, numel } from "../ir/tensor.ts";
import type { Keras3File } from "./model-file.ts";
import type { StoredArray } from "./stored-array.ts";
import { weightGroups, type WeightGroup } from "./weight-paths.ts";

const OLD_ROOT = "_layer_checkpoint_dependencies";

/** Matches by the paths that Keras 3 gives to layers; what the file has beyond them is an error, too. */
export function joinKeras3(model: Model, file: Keras3File, match: Match): void {
  if (match.options.by_name) throw byNameRefused();
  const stored = byGroup(file.weights);
  const groups = weightGroups(model).filter((group) => group.weights.length > 0);
  const place = [...stored.keys()].some((path) => path.startsWith(`${OLD_ROOT}/`))
    ? oldPlaces(groups, stored)
    : same;
  for (const group of groups) {
    const path = [place(group.path), hidden(place(group.path))].find((one) => stored.has(one)) ?? group.path;
    const arrays = stored.get(path) ?? [];
    stored.delete(path);
    // what a wrapper holds may stand elsewhere, too: Keras saves it where it meets it first
    if (arrays.length === 0 && group.weights.every((weight) => match.values.has(weight.path))) continue;
    if (arrays.length === group.weights.length) taken(match, group, arrays);
    else mismatch(match, wrongCount(group, arrays));
  }
  for (const [path, arrays] of stored) mismatch(match, unclaimed(path, arrays));
}

/** The arrays of one layer; where they hold what factors add, too, nothing is left for these. */
function taken(match: Match, { weights, adapted }: WeightGroup, arrays: readonly StoredArray[]): void {
  take(match, weights, arrays);
  const found = adapted.filter(({ weight }) => match.values.has(weight.path));
  for (const { path, shape } of found.flatMap(({ factors }) => factors))
    match.values.set(path, { shape, data: new Float32Array(numel(shape)) });
}

const same = (path: string): string => path;
/** tf.keras files name parts as the layer's own fields: `_query_dense`. */
const hidden = (path: string): string => path.replace(/[^/]+$/, "_$&");

/** Group path (`layers/dense`) → its variables by number. */
function byGroup(weights: Keras3File["weights"]): Map<string, StoredArray[]> {
  const groups = new Map<string, Map<number, StoredArray>>();
  for (const [path, array] of weights) {
    const at = /^(?:(.*)\/)?vars\/(\d+)$/.exec(path);
    const group = at ? (at[1] ?? "") : path;
    const numbered = groups.get(group) ?? new Map<number, StoredArray>();
    groups.set(group, numbered.set(at ? Number(at[2]) : numbered.size, array));
  }
  const inOrder = (m: Map<number, StoredArray>): StoredArray[] =>
    [...m].sort(([a], [b]) => a - b).map(([, v]) => v);
  return new Map([...groups].map(([path, numbered]) => [path, inOrder(numbered)]));
}

/**
 * tf.keras 2.12 to 2.14 used another name for `layers`, and the first two of them counted layers with weights
 * twice. The k-th layer of a class with weights is the k-th such group in either case, on every level.
 */
function oldPlaces(
  groups: readonly WeightGroup[],
  stored: ReadonlyMap<string, unknown>,
): (path: string) => string {
  const old = (path: string): string => path.replaceAll(/(^|\/)layers\//g, `$1${OLD_ROOT}/`);
  const here = ranked(groups.map(({ path }) => old(path)));
  const there = new Map([...ranked([...stored.keys()])].map(([path, rank]) => [rank, path]));
  return (path) => there.get(here.get(old(path)) ?? "") ?? old(path);
}

/** Paths with the numbers of layers replaced by their ranks among those of their container and class. */
function ranked(paths: readonly string[]): ReadonlyMap<string, string> {
  const parts = paths.map((path) => path.split("/"));
  const ranks = paths.map(() => "");
  const deepest = parts.reduce((most, { length }) => Math.max(most, length), 0);
  for (let level = 0; level < deepest; level++) {
    const layers = parts.map((part) => (part[level - 1] === OLD_ROOT ? part[level] : undefined));
    const families = new Map<string, Set<string>>();
    layers.forEach((name, k) => {
      const family = `${ranks[k]}/${withoutNumber(name)}`;
      if (name !== undefined) families.set(family, (families.get(family) ?? new Set()).add(name));
    });
    const orders = new Map([...families].map(([family, names]) => [family, [...names].sort(byNumber)]));
    parts.forEach(({ [level]: part }, k) => {
      if (part === undefined) return;
      const [name, family] = [layers[k], `${ranks[k]}/${withoutNumber(layers[k])}`];
      // parts of a layer are named as its fields, which may be hidden ones
      ranks[k] =
        name === undefined
          ? `${ranks[k]}/${part.replace(/^_/, "")}`
          : `${family}#${orders.get(family)!.indexOf(name)}`;
    });
  }
  return new Map(paths.map((path, k) => [path, ranks[k]]));
}

const withoutNumber = (name = ""): string => name.replace(/_\d+$/, "");
const byNumber = (a: string, b: string): number => numberOf(a) - numberOf(b);
const numberOf = (name: string): number => Number(/_(\d+)$/.exec(name)?.[1] ?? 0);

const wrongCount = (group: WeightGroup, arrays: readonly StoredArray[]): Diagnostic => ({
  code: arrays.length === 0 ? "weights-missing" : "weight-count",
  message:
    arrays.length === 0
      ? `The file has no weights for layer ${group.layer}.`
      : `Layer ${group.layer} has another number of weights in the file.`,
  at: { path: group.path },
  expected: group.weights.map((w) => `${w.name} ${formatShape(w.shape)}`).join(", "),
  received: arrays.length === 0 ? "nothing" : arrays.map((a) => formatShape(a.shape)).join(", "),
});

const unclaimed = (path: string, arrays: readonly StoredArray[]): Diagnostic => ({
  code: "weights-extra",
  message: "The file has weights for which the model has no layer.",
  at: { path },
  expected: "a file of this model",
  received: arrays.map((a) => formatShape(a.shape)).join(", "),
});

const byNameRefused = (): ModelError =>
  new ModelError({
    code: "by-name-layout",
    message: "by_name needs a file that holds layer names.",
    expected: "an .h5 file of layers (Keras 1, Keras 2, or a whole model)",
    received: "a .keras or .weights.h5 file of Keras 3, which names layers by class",
  });
