import type { Triple } from "./keras-numbers.ts";
import { type Entry, isRecord, type Json, malformed, type Reading } from "./keras-reading.ts";

/** A Sequential of older Keras that is no mere chain of its layers, as the Functional model that it is. */
export interface Merged {
  readonly entries: readonly Entry[];
  readonly config: Json;
}

/** Layers with the calls that Keras 1 did not have to write, where data enters and where it leaves. */
interface Part {
  readonly entries: readonly Entry[];
  readonly inputs: readonly unknown[];
  readonly output: unknown;
}

/**
 * Whether a Sequential begins with models side by side (Keras 1) or with a model that does, or lists a layer twice
 * (until Keras 2.1).
 */
export const isFolded = (entries: readonly Entry[], reading: Reading, read: ReadEntries): boolean =>
  beginsMerged(entries) ||
  startsWithMerged(entries, reading, read) ||
  new Set(entries.map(({ name }) => name)).size < entries.length;

/** Whether the first layer merges models that it holds. */
const beginsMerged = ([first]: readonly Entry[]): boolean =>
  first !== undefined &&
  first.json.class_name === "Merge" &&
  isRecord(first.json.config) &&
  Array.isArray(first.json.config.layers);

/** The layers of a model that is a mere list of them. */
const listed = ({ json, path }: Entry, reading: Reading, read: ReadEntries): Entry[] =>
  json.class_name === "Sequential" && Array.isArray(json.config)
    ? read(json.config, `${path}.config`, reading)
    : [];

/** Whether the first layer is a model that begins with models side by side, however deep these stand. */
function startsWithMerged([first]: readonly Entry[], reading: Reading, read: ReadEntries): boolean {
  const inner = first ? listed(first, reading, read) : [];
  return beginsMerged(inner) || (inner.length > 0 && startsWithMerged(inner, reading, read));
}

/** All layers side by side in the order in which Keras 1 saves their weights, every call written out. */
export function unfolded(entries: readonly Entry[], reading: Reading, read: ReadEntries): Merged {
  const { inputs, output, ...rest } = chain(entries, reading, read);
  return { ...rest, config: { input_layers: inputs, output_layers: [output] } };
}

/** The entries of a list of layers that stands at a path. */
export type ReadEntries = (layers: readonly unknown[], path: string, reading: Reading) => Entry[];

const triple = (name: string): Triple => [name, 0, 0];
const NEVER = "never" as const;

function chain(entries: readonly Entry[], reading: Reading, read: ReadEntries): Part {
  const [first, ...rest] = entries;
  const start = beginsMerged(entries)
    ? merge(first, reading, read)
    : startsWithMerged(entries, reading, read)
      ? around(first, reading, read)
      : entered(first);
  return rest.reduce((before, entry) => append(before, entry), start);
}

/** A model that begins with models side by side, behind inputs like its own. */
function around(first: Entry, reading: Reading, read: ReadEntries): Part {
  const { entries, inputs } = chain(listed(first, reading, read), reading, read);
  const names = new Set(inputs.map((input) => (input as Triple)[0]));
  const own = entries.filter(({ name }) => names.has(name)).map((entry) => ({ ...entry, listed: NEVER }));
  const model = called({ ...first, listed: "start" }, inputs);
  return { entries: [...own, model], inputs, output: triple(first.name) };
}

function append({ entries, inputs, output }: Part, entry: Entry): Part {
  const known = entries.findIndex(({ name }) => name === entry.name);
  const one = called(entries[known] ?? entry, [output]);
  const node = (one.json.inbound_nodes as readonly unknown[]).length - 1;
  return {
    entries: known < 0 ? [...entries, one] : entries.with(known, one),
    inputs,
    output: [entry.name, node, 0],
  };
}

const called = ({ json, ...entry }: Entry, on: readonly unknown[]): Entry => {
  const before = Array.isArray(json.inbound_nodes) ? (json.inbound_nodes as readonly unknown[]) : [];
  return { ...entry, json: { ...json, inbound_nodes: [...before, on] } };
};

/** The first layer of a chain, behind an input of the shape that it asks for. */
function entered(first: Entry): Part {
  const { name, path, json } = first;
  if (json.class_name === "InputLayer")
    return { entries: [first], inputs: [triple(name)], output: triple(name) };
  const said = firstConfig(json);
  const config = {
    batch_input_shape: said.batch_input_shape,
    input_dtype: said.input_dtype ?? said.dtype ?? "float32",
  };
  const input = {
    name: `${name}_input`,
    path,
    json: { class_name: "InputLayer", config, inbound_nodes: [] },
    listed: NEVER,
  };
  const start = { entries: [input], inputs: [triple(input.name)], output: triple(input.name) };
  return append(start, first);
}

/** The config of the layer that data meets first, however many models it stands in. */
function firstConfig({ config }: Json): Json {
  const layers: unknown = isRecord(config) ? config.layers : config;
  const first: unknown = Array.isArray(layers) ? layers[0] : undefined;
  return isRecord(first) ? firstConfig(first) : isRecord(config) ? config : {};
}

/** A `Merge` and the models that it holds. */
function merge(entry: Entry, reading: Reading, read: ReadEntries): Part {
  const { layers, ...config } = entry.json.config as Json;
  const path = `${entry.path}.config.layers`;
  const parts = read(layers as readonly unknown[], path, reading).map((one) => branch(one, reading, read));
  const merged = called(
    { ...entry, json: { ...entry.json, config }, listed: NEVER },
    parts.map((part) => part.output),
  );
  const apart = parts.flatMap((part) => part.entries).map((one) => ({ listed: "apart" as const, ...one }));
  return {
    entries: [...apart, merged],
    inputs: parts.flatMap((part) => part.inputs),
    output: triple(entry.name),
  };
}

function branch(entry: Entry, reading: Reading, read: ReadEntries): Part {
  const { class_name, config } = entry.json;
  const listed = Array.isArray(config);
  const layers: unknown = isRecord(config) ? config.layers : config;
  if (!Array.isArray(layers)) return entered(entry);
  const entries = read(layers, `${entry.path}.config${listed ? "" : ".layers"}`, reading);
  if (class_name === "Sequential" && entries.length) return chain(entries, reading, read);
  const { input_layers, output_layers } = isRecord(config) ? config : {};
  const [inputs, outputs] = [input_layers, output_layers].map((part) => (Array.isArray(part) ? part : []));
  if (outputs.length !== 1 || !entries.length)
    malformed(reading, entry.path, "a model with one output", outputs.length);
  return { entries, inputs, output: outputs[0] };
}
