import { type Entry, isRecord, type Json } from "./keras-reading.ts";

/** A tensor in a file: the name of its layer, the number of the call that gave it out, which of its outputs it is. */
export type Triple = readonly [string, number, number, ...unknown[]];

export const isTriple = (v: unknown): v is Triple =>
  Array.isArray(v) &&
  (v.length === 3 || v.length === 4) &&
  typeof v[0] === "string" &&
  isIndex(v[1]) &&
  isIndex(v[2]);

const isIndex = (v: unknown): boolean => Number.isSafeInteger(v) && (v as number) >= 0;

/** All tensors in a value. */
export function triples(value: unknown): Triple[] {
  if (isTriple(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(triples);
  return isRecord(value) ? Object.values(value).flatMap(triples) : [];
}

/** Whether a node is written as Keras 2 did: nested lists instead of `args` and `kwargs`. */
export const isLegacy = (node: unknown): boolean => !isRecord(node) || !Array.isArray(node.args);

/** The place of a call among a layer's calls in this model, from the number by which a file refers to it. */
export type Numbering = (layer: string, number: number) => number;

/** How calls refer to other calls, and how the model's inputs and outputs do. */
export interface Numberings {
  readonly calls: Numbering;
  readonly ends: Numbering;
}

/**
 * Nested models whose own placeholder counts as their call number 0 start at 1: in Keras 3 only Functionals, and only
 * among the outer model's inputs and outputs; in Keras 2 everywhere, which shows by nobody using number 0.
 */
export function numberings(
  entries: readonly Entry[],
  config: Json,
  isModel: (entry: Json) => boolean,
  version?: string,
): Numberings {
  const nodes = entries.flatMap(nodesOf);
  const nested = entries.filter((entry) => isModel(entry.json));
  if (!nodes.some(isLegacy)) return keras3(entries, config, nested, version);
  const used = numbersIn([...nodes, config.input_layers, config.output_layers]);
  const bases = nested.map(({ name }): [string, number] => [name, used.get(name)?.has(0) === false ? 1 : 0]);
  const all = from(new Map(bases));
  return { calls: all, ends: all };
}

function keras3(entries: readonly Entry[], config: Json, nested: readonly Entry[], version = ""): Numberings {
  const functional = nested.filter(({ json }) => json.class_name !== "Sequential");
  const first = from(new Map(functional.map(({ name }) => [name, 1])));
  const used = numbersIn(entries.flatMap(nodesOf));
  const given = numbersIn(config.output_layers, first);
  const places = new Map(
    entries.map((entry) => {
      const { name } = entry;
      const numbers = { count: nodesOf(entry).length, used: used.get(name), given: given.get(name) };
      return [name, placesOf(numbers, /^3\.[012]\b/.test(version))];
    }),
  );
  const placed =
    (key: keyof Places): Numbering =>
    (layer, number) =>
      places.get(layer)?.[key]?.get(number) ?? number;
  const ends = placed("ends");
  return { calls: placed("calls"), ends: (layer, number) => ends(layer, first(layer, number)) };
}

const nodesOf = ({ json }: Entry): readonly unknown[] =>
  Array.isArray(json.inbound_nodes) ? json.inbound_nodes : [];

/** Numbers that start elsewhere than at 0 for some layers. */
const from =
  (bases: ReadonlyMap<string, number>): Numbering =>
  (layer, number) =>
    number - (bases.get(layer) ?? 0);

/** The calls that tensors in a value are of, by layer. */
function numbersIn(value: unknown, numbered: Numbering = (_, number) => number): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const [layer, number] of triples(value)) {
    const numbers = found.get(layer) ?? new Set();
    found.set(layer, numbers.add(numbered(layer, number)));
  }
  return found;
}

/** How many calls a model has of a layer, and the numbers by which other calls and the model's outputs refer to them. */
interface Numbers {
  readonly count: number;
  readonly used?: ReadonlySet<number>;
  readonly given?: ReadonlySet<number>;
}

/** The place of each number; none where the numbers are the places. */
interface Places {
  readonly calls?: ReadonlyMap<number, number>;
  readonly ends?: ReadonlyMap<number, number>;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Readers of Keras 3 count the calls of a layer that several models share in all of them. A file that they read right has
 * these numbers throughout; Keras 3.0 to 3.2 (`early`) wrote them where calls refer to calls, and places for the
 * model's outputs. Either way numbers rise with places, and a call is used by another or gives out an output.
 */
function placesOf({ count, used = NONE, given = NONE }: Numbers, early: boolean): Places {
  const places = Array.from({ length: count }, (_, place) => place);
  const wanted = places.filter((place) => !given.has(place));
  const all = ascending(new Set([...used, ...given]));
  if (wanted.every((place) => used.has(place)) && all.every((number) => number < count)) return {};
  const apart =
    given.size > 0 && ascending(given).at(-1)! < count && calledBy(ascending(used), wanted, places);
  if (apart && (early || all.length !== count)) return { calls: apart };
  const throughout = all.length === count ? new Map(all.map((number, place) => [number, place])) : undefined;
  return throughout ? { calls: throughout, ends: throughout } : {};
}

const ascending = (numbers: ReadonlySet<number>): number[] => [...numbers].sort((a, b) => a - b);

/** The places of the numbers by which calls refer to calls, where those of outputs are not `wanted`. */
function calledBy(
  used: readonly number[],
  wanted: readonly number[],
  places: readonly number[],
): ReadonlyMap<number, number> | undefined {
  if (used.length < wanted.length || used.length > places.length) return undefined;
  const known = used.length === wanted.length ? wanted : used.length === places.length ? places : undefined;
  if (known?.some((place, k) => place > used[k])) return undefined;
  // where it cannot be told which of the model's outputs are also used by calls, there is no such call
  return new Map(used.map((number, k) => [number, known?.[k] ?? places.length + number]));
}
