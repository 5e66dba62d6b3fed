import { type Entry, isRecord, type Json } from "./keras-reading.ts";

/** A tensor in a file: the name of its layer, the number of the call that gave it out, which of its outputs it is. */
export type Triple = readonly [string, number, number, ...unknown[]];

export const isTriple = (v: unknown): v is Triple =>
  Array.isArray(v) &&
  (v.length === 3 || v.length === 4) &&
  typeof v[0] === "string" &&
  Number.isInteger(v[1]) &&
  Number.isInteger(v[2]);

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
): Numberings {
  const nested = entries.filter((entry) => isModel(entry.json));
  const nodes = entries.flatMap(nodesOf);
  if (!nodes.some(isLegacy)) {
    const functional = nested.filter(({ json }) => json.class_name !== "Sequential");
    const ends = from(new Map(functional.map(({ name }) => [name, 1])));
    const used = numbersIn(nodes, (_, number) => number);
    const given = numbersIn(config.output_layers, ends);
    const ranks = entries.map(
      (entry) =>
        [entry.name, ranksOf(nodesOf(entry).length, used.get(entry.name), given.get(entry.name))] as const,
    );
    const places = new Map(ranks);
    return { calls: (layer, number) => places.get(layer)?.get(number) ?? number, ends };
  }
  const used = numbersIn([...nodes, config.input_layers, config.output_layers], (_, number) => number);
  const bases = nested.map(({ name }): [string, number] => [name, used.get(name)?.has(0) === false ? 1 : 0]);
  const all = from(new Map(bases));
  return { calls: all, ends: all };
}

const nodesOf = ({ json }: Entry): readonly unknown[] =>
  Array.isArray(json.inbound_nodes) ? json.inbound_nodes : [];

/** Numbers that start elsewhere than at 0 for some layers. */
const from =
  (bases: ReadonlyMap<string, number>): Numbering =>
  (layer, number) =>
    number - (bases.get(layer) ?? 0);

/** The calls that tensors in a value are of, by layer. */
function numbersIn(value: unknown, numbered: Numbering): Map<string, Set<number>> {
  const found = new Map<string, Set<number>>();
  for (const [layer, number] of triples(value)) {
    const numbers = found.get(layer) ?? new Set();
    found.set(layer, numbers.add(numbered(layer, number)));
  }
  return found;
}

/**
 * Keras 3.0 refers to a layer's calls by their numbers among those in all models that share it, where it refers to them
 * from calls, but not from the model's outputs. Numbers rise with places, and a call whose output is none of the
 * model's is used by another: this gives the place of each number. Empty where the numbers are the places.
 */
function ranksOf(
  count: number,
  used: ReadonlySet<number> = new Set(),
  given: ReadonlySet<number> = new Set(),
): ReadonlyMap<number, number> {
  const places = Array.from({ length: count }, (_, place) => place);
  const wanted = places.filter((place) => !given.has(place));
  const numbers = [...used].sort((a, b) => a - b);
  if (wanted.every((place) => used.has(place)) && numbers.every((number) => number < count)) return new Map();
  if (numbers.length < wanted.length || numbers.length > count) return new Map();
  const known = numbers.length === wanted.length ? wanted : numbers.length === count ? places : undefined;
  if (known?.some((place, k) => place > numbers[k])) return new Map();
  // where it cannot be told which of the model's outputs are also used by calls, there is no such call
  return new Map(numbers.map((number, k) => [number, known?.[k] ?? count + number]));
}
