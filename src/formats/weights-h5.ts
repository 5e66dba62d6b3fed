import { internal, ModelError } from "../diagnostics.ts";
import type { Generation } from "../ir/fields.ts";
import type { Model } from "../ir/model.ts";
import { mergedValues } from "./adapted.ts";
import type { Hdf5Entry } from "./hdf5-protocol.ts";
import { writeHdf5, type Hdf5File, type Spawn } from "./hdf5.ts";
import type { Keras3File } from "./model-file.ts";
import type { NamedArray, StoredArray } from "./stored-array.ts";
import { variablePath, weightGroups } from "./weight-paths.ts";

/** The values of one weight. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}
/** By path of the IR's weights: "sequential/dense/kernel". */
export type WeightValues = ReadonlyMap<string, Values>;

/** What every writer needs. */
export interface ModelToWrite {
  readonly model: Model;
  readonly weights: WeightValues;
  /** In Keras's order, named as Keras names them: `adam/iteration`, `adam/learning_rate`, … */
  readonly optimizer?: readonly NamedArray[];
  /** Which generation's paths; those of 3 where absent. */
  readonly keras?: Generation;
  /** The Keras version whose formats the file follows. */
  readonly keras_version: string;
}

/** Where Keras 3 and tf.keras put a model's own variables, its layers, and its optimizer. */
const ROOTS = ["/vars", "/layers", "/_layer_checkpoint_dependencies"];
const OPTIMIZER = "/optimizer/vars";

/** The `*.weights.h5` layout, which is also that inside of `.keras`. */
export async function readKeras3Weights(file: Hdf5File): Promise<Keras3File> {
  const paths: string[] = [];
  for (const root of ROOTS) paths.push(...(await file.list(root)));
  if (paths.length === 0) paths.push(...(await windowsPaths(file)));
  const slots = [...(await file.list(OPTIMIZER))].sort((a, b) => variableNumber(a) - variableNumber(b));
  if (paths.length + slots.length === 0) await refuseForeign(file);
  const arrays = await file.arrays([...paths, ...slots]);
  const at = (path: string): StoredArray => arrays.get(path)!;
  return {
    format: "h5",
    layout: "keras3",
    weights: new Map(paths.map((path) => [slashed(path).slice(1), at(path)])),
    optimizer: slots.map((path) => ({ ...at(path), name: path.slice(1) })),
  };
}

/** tf.keras on Windows joins a path's names by backslashes into the name of one group: `layers\\lstm\\cell`. */
const slashed = (path: string): string => path.replaceAll("\\", "/");

async function windowsPaths(file: Hdf5File): Promise<string[]> {
  const paths = (await file.list("/")).filter((path) => path.includes("\\"));
  const found = paths.filter((path) => ROOTS.some((root) => slashed(path).startsWith(`${root}/`)));
  return new Set(found.map(slashed)).size === found.length ? found : [];
}

const variableNumber = (path: string): number => Number(path.slice(path.lastIndexOf("/") + 1));

/** A model without weights leaves empty groups, which is no fault; a foreign file has none of them. */
async function refuseForeign(file: Hdf5File): Promise<void> {
  const groups = await file.attributes([...ROOTS, "/vars", OPTIMIZER], []);
  if (groups.size > 0) return;
  throw new ModelError({
    code: "not-a-keras-h5",
    message: "The HDF5 file is not a Keras model or weights file.",
    expected: "the groups model_weights, layers or vars, or the attribute layer_names",
  });
}

/** A `*.weights.h5` file that Keras 3 loads. */
export function writeWeightsH5(content: ModelToWrite, spawn: Spawn): Promise<Uint8Array> {
  const entries: Hdf5Entry[] = [];
  for (const group of weightGroups(content.model, content.keras)) {
    entries.push(named(group.path === "" ? "/vars" : `/${group.path}/vars`, group.name));
    const merged = new Map(group.adapted.map((one) => [one.weight, mergedValues(content.weights, one)]));
    group.weights.forEach((weight, i) => {
      const array = stored(merged.get(weight) ?? content.weights.get(weight.path), weight.path);
      entries.push({ path: `/${variablePath(group, i)}`, array });
    });
  }
  const optimizer = content.optimizer ?? [];
  if (optimizer.length > 0) entries.push(named(OPTIMIZER, optimizer[0].name.split("/", 1)[0]));
  optimizer.forEach((array, i) => entries.push({ path: `${OPTIMIZER}/${i}`, array }));
  return writeHdf5(entries, spawn, true);
}

/** Keras 3.6 and later note the object's name at its group. */
const named = (path: string, name: string): Hdf5Entry => ({
  path,
  attributes: [{ name: "name", value: { kind: "utf8", text: name } }],
});

/** The array to write for a weight. */
export function stored(values: Values | undefined, path: string): StoredArray {
  if (!values) throw internal(`no values for the weight ${path}`);
  return { ...values, dtype: "float32" };
}
