import { ModelError, type Diagnostic } from "../diagnostics.ts";
import type { Layer } from "../ir/model.ts";
import type { Attributes, Hdf5Entry, WrittenValue } from "./hdf5-protocol.ts";
import { writeHdf5, type Hdf5File, type Spawn } from "./hdf5.ts";
import { COUNT_ATTRIBUTE, type Listed, numberedLayers } from "./legacy-numbered.ts";
import { legacyOrder } from "./legacy-order.ts";
import type { LegacyFile } from "./model-file.ts";
import type { NamedArray, StoredArray } from "./stored-array.ts";
import { listedLayers } from "./weight-paths.ts";
import { stored, type ModelToWrite } from "./weights-h5.ts";

const ROOT_ATTRIBUTES = [
  ...["keras_version", "backend", "model_config", "training_config", "layer_names"],
  COUNT_ATTRIBUTE,
];
const WEIGHTS = "/model_weights";
const OPTIMIZER = "/optimizer_weights";
/** Weights that the model itself owns; Sequential and Functional models have none. */
const TOP_LEVEL = "top_level_model_weights";
/** Keras splits lists of names that take more bytes than this. */
const SPLIT_ABOVE = 64512;

type Groups = ReadonlyMap<string, Attributes>;

/** A whole-model `.h5` file or a weights-only one; undefined if the file has not this layout. */
export async function readLegacy(file: Hdf5File): Promise<LegacyFile | undefined> {
  const groups = await file.attributes(["/", WEIGHTS, OPTIMIZER], [...ROOT_ATTRIBUTES, "weight_names"]);
  const root = groups.get("/")!;
  const base = root.has("layer_names") ? "/" : WEIGHTS;
  const layer_names = groups.get(base)?.get("layer_names");
  const config = textOf(root, "model_config");
  const count = groups.get(base)?.get(COUNT_ATTRIBUTE) ?? root.get(COUNT_ATTRIBUTE);
  if (layer_names === undefined && config === undefined && count === undefined) return undefined;
  const layers =
    layer_names === undefined && count !== undefined
      ? await numberedLayers(file, base === WEIGHTS && !root.has(COUNT_ATTRIBUTE) ? base : "", count)
      : await layersOf(file, base, layer_names === undefined ? [] : names(layer_names));
  const state = namesOf(groups, OPTIMIZER) ?? (await unlisted(file, groups));
  const paths = [...layers.flatMap((l) => l.weights.map((w) => w.path)), ...state.map(statePath)];
  const arrays = await file.arrays(paths);
  const info = { ...textsOf(groups.get(base)), ...textsOf(root) };
  return {
    format: "h5",
    layout: "legacy",
    ...info,
    ...(config !== undefined && { config }),
    weights: layers.map((l) => ({
      name: l.name,
      weights: l.weights.map((w) => named(arrays, w.path, w.name)),
    })),
    optimizer: state.map((name) => named(arrays, statePath(name), name)),
  };
}

/** Keras 2.0 on Theano began a name with a slash, which is where HDF5 puts the array: beside the groups. */
const statePath = (name: string): string => (name.startsWith("/") ? name : `${OPTIMIZER}/${name}`);

function textsOf(
  group: Attributes | undefined,
): Pick<LegacyFile, "keras_version" | "backend" | "training_config"> {
  const texts: Record<string, string> = {};
  for (const name of ["keras_version", "backend", "training_config"]) {
    const value = group && textOf(group, name);
    if (value !== undefined) texts[name] = value;
  }
  return texts;
}

const named = (arrays: ReadonlyMap<string, StoredArray>, path: string, name: string): NamedArray => ({
  ...arrays.get(path)!,
  name,
});

/** A text attribute; single texts in a list occur, too. */
function textOf(group: Attributes, name: string): string | undefined {
  const value = group.get(name);
  const text = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (text === undefined || typeof text === "string") return text;
  throw new ModelError({
    code: "hdf5-attribute-type",
    message: "An HDF5 attribute is not a text.",
    at: { path: `@${name}` },
    expected: "a text",
    received: Array.isArray(value) ? `a list of ${value.length} values` : typeof value,
  });
}

/** Empty lists are stored as empty lists of numbers. */
const names = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.map(String) : [String(value)];

function namesOf(groups: Groups, path: string): readonly string[] | undefined {
  const value = groups.get(path)?.get("weight_names");
  return value === undefined ? undefined : names(value);
}

async function layersOf(file: Hdf5File, base: string, layer_names: readonly string[]): Promise<Listed[]> {
  const pathOf = (name: string): string => (base === "/" ? `/${name}` : `${base}/${name}`);
  const top = pathOf(TOP_LEVEL);
  const groups = await file.attributes([...layer_names.map(pathOf), top], ["weight_names"]);
  const problems: Diagnostic[] = [];
  const layers = layer_names.map((name) => {
    const path = pathOf(name);
    const weight_names = namesOf(groups, path);
    if (!weight_names) problems.push(noNames(path));
    return { name, weights: (weight_names ?? []).map((n) => ({ name: n, path: `${path}/${n}` })) };
  });
  const own = namesOf(groups, top) ?? [];
  if (own.length > 0) problems.push(ownWeights(top, own));
  if (problems.length > 0) throw new ModelError(problems);
  return layers;
}

/** Nothing is what an optimizer without a list of its variables has to have. */
async function unlisted(file: Hdf5File, groups: Groups): Promise<readonly string[]> {
  if (!groups.has(OPTIMIZER) || (await file.list(OPTIMIZER)).length === 0) return [];
  throw new ModelError({
    code: "hdf5-missing",
    message: "The file does not say which of these arrays are the optimizer's.",
    at: { path: OPTIMIZER },
    expected: "a group with the attribute weight_names",
  });
}

const noNames = (path: string): Diagnostic => ({
  code: "h5-layer-missing",
  message: "The file names this layer but does not say which weights it has.",
  at: { path },
  expected: "a group with the attribute weight_names",
});
const ownWeights = (path: string, own: readonly string[]): Diagnostic => ({
  code: "h5-model-weights",
  message: "The model itself owns weights; only those of layers can be read.",
  at: { path },
  received: own.slice(0, 5).join(", "),
});

/** A whole-model `.h5` file that Keras 3 and tf.keras open. */
export function writeLegacyH5(
  content: ModelToWrite & { readonly config: string; readonly training_config?: string },
  spawn: Spawn,
): Promise<Uint8Array> {
  const { keras_version, config, training_config } = content;
  const attributes = [
    utf8("backend", "tensorflow"),
    utf8("keras_version", keras_version),
    ascii("model_config", config),
    ...(training_config === undefined ? [] : [ascii("training_config", training_config)]),
  ];
  const entries = [
    { path: "/", attributes },
    ...weightEntries(content),
    ...optimizerEntries(content.optimizer ?? []),
  ];
  return writeHdf5(entries, spawn, true);
}

function weightEntries({ model, weights, keras_version }: ModelToWrite): Hdf5Entry[] {
  const layers = listedLayers(model);
  const head: Hdf5Entry = {
    path: WEIGHTS,
    attributes: [
      ...nameLists(
        "layer_names",
        layers.map((l) => l.name),
      ),
      ascii("backend", "tensorflow"),
      ascii("keras_version", keras_version),
    ],
  };
  const sorted = [...layers].sort((a, b) => (a.name < b.name ? -1 : 1));
  const top = { path: `${WEIGHTS}/${TOP_LEVEL}`, attributes: nameLists("weight_names", []) };
  return [head, ...sorted.flatMap((layer) => layerEntries(layer, weights)), top];
}

function layerEntries(layer: Layer, weights: ModelToWrite["weights"]): Hdf5Entry[] {
  const path = `${WEIGHTS}/${layer.name}`;
  const own = legacyOrder(layer).map((weight) => weight.path);
  const arrays = own.map((name) => ({ path: `${path}/${name}`, array: stored(weights.get(name), name) }));
  return [{ path, attributes: nameLists("weight_names", own) }, ...arrays];
}

function optimizerEntries(state: readonly NamedArray[]): Hdf5Entry[] {
  if (state.length === 0) return [];
  const attributes = nameLists(
    "weight_names",
    state.map((array) => array.name),
  );
  return [
    { path: OPTIMIZER, attributes },
    ...state.map((array) => ({ path: `${OPTIMIZER}/${array.name}`, array })),
  ];
}

type Written = { readonly name: string; readonly value: WrittenValue };
const utf8 = (name: string, text: string): Written => ({ name, value: { kind: "utf8", text } });
/** Under the ASCII flag, as Python's bytes are; other characters are escaped as JSON allows. */
const ascii = (name: string, text: string): Written => ({
  name,
  value: {
    kind: "ascii",
    text: text.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`),
  },
});

/** One attribute, or as few evenly sized ones as fit, numbered. */
function nameLists(name: string, all: readonly string[]): Written[] {
  const widths = all.map((n) => new TextEncoder().encode(n).length);
  const width = Math.max(1, ...widths);
  const fits = (parts: number): boolean => Math.ceil(all.length / parts) * width <= SPLIT_ABOVE;
  let parts = 1;
  while (parts < all.length && !fits(parts)) parts++;
  if (parts === 1) return [{ name, value: { kind: "names", names: all } }];
  const size = Math.floor(all.length / parts);
  const longer = all.length % parts;
  const start = (k: number): number => k * size + Math.min(k, longer);
  return Array.from({ length: parts }, (_, k) => ({
    name: `${name}${k}`,
    value: { kind: "names", names: all.slice(start(k), start(k + 1)) },
  }));
}
