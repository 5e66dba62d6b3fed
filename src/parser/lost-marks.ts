import { isRecord, type Json } from "./keras-reading.ts";

/**
 * Ids that Keras 3 has lost. It marks an object's first entry when it meets the object again; where that entry stands
 * in a nested model it marks a copy, and the file has the id at the later entry alone. The first one is then the entry
 * before it that says the same in all else.
 */
export function lostMarks(document: Json): ReadonlyMap<Json, number> {
  const entries = entriesIn(document);
  const names = new Set(entries.flatMap((entry) => (markOf(entry) === undefined ? [] : [nameOf(entry)])));
  const lost = new Map<Json, number>();
  const known = new Set<number>();
  const unmarked = new Map<string, Json[]>();
  for (const entry of entries.filter((one) => names.has(nameOf(one)))) {
    const mark = markOf(entry);
    const said = withoutMarks(entry);
    const alike = unmarked.get(said) ?? [];
    if (mark === undefined) unmarked.set(said, [...alike, entry]);
    else if (!known.has(mark) && alike.length === 1) lost.set(alike[0], mark);
    if (mark !== undefined) known.add(mark);
  }
  return lost;
}

/** The id under which an entry is the same object as others. */
export const markOf = ({ shared_object_id: id }: Json): number | undefined =>
  typeof id === "number" ? id : undefined;

/** Options of wrappers and recurrent layers that hold layers. */
const HOLDING = ["layer", "backward_layer", "cell", "cells"];

/** The entries of a model or layer and of all inside it, in the order in which Keras writes them. */
function entriesIn({ config }: Json): Json[] {
  if (!isRecord(config)) return [];
  const layers = ["layers", ...HOLDING].flatMap((key) => (Object.hasOwn(config, key) ? config[key] : []));
  const named = layers.filter(isRecord).filter(({ module }) => typeof module === "string");
  return named.flatMap((entry) => [...entriesIn(entry), entry]);
}

const nameOf = ({ config }: Json): unknown => (isRecord(config) ? config.name : undefined);

/** What an entry says of its object, but for marks: where it stands in its model is no part of that. */
const withoutMarks = ({ module, class_name, config }: Json): string =>
  JSON.stringify([module, class_name, config], (key, part: unknown) => {
    if (key === "shared_object_id") return undefined;
    return key === "layers" && Array.isArray(part) ? (part as unknown[]).filter(isRecord).map(nameOf) : part;
  });
