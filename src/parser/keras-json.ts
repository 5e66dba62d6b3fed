import { didYouMean, ModelError, printable } from "../diagnostics.ts";
import { keyProblem } from "../ir/build/resolve.ts";
import type { KeyProblem } from "../ir/fields/read.ts";
import { show } from "../ir/fields/schema.ts";
import { olderLayer } from "../ir/fields/keras2.ts";
import { foreignName } from "../ir/foreign.ts";
import { nameCounter } from "../ir/names.ts";
import { type LayerTable, layerTable } from "../ir/layers/index.ts";
import type { CompileSpec, Keras1View, LayerSpec, ModelSpec, TensorRef } from "../ir/spec.ts";
import { parseJson } from "../json-text.ts";
import { isFolded, unfolded } from "./keras-branches.ts";
import { compileSpec } from "./keras-compile.ts";
import { heldObject, replaced } from "./held-models.ts";
import { callsOf, modelRefs, refOf } from "./keras-nodes.ts";
import { lostMarks, markOf } from "./lost-marks.ts";
import { inKerasOrder } from "./network-order.ts";
import { isLambda, lambdaLayer } from "./tensorflow/lambda.ts";
import { isNodeLayer, nodeLayer } from "./tensorflow/node-def.ts";
import { numberings } from "./keras-numbers.ts";
import {
  type Entry,
  isRecord,
  type Json,
  keyPlaces,
  malformed,
  namelessModels,
  olderKeras,
  type Reading,
  whereOf,
} from "./keras-reading.ts";
import { validate } from "./validate.ts";

/**
 * A model from the text that `model.to_json()` gives, of Keras 2, tf.keras or Keras 3; every problem is thrown at once.
 * `version` is the Keras that wrote it, where the file around it says that.
 */
export function parseKerasJson(
  text: string,
  file?: string,
  version?: string,
  layers: LayerTable = layerTable,
): ModelSpec {
  return kerasModel(parseJson(text, file), file, version, layers);
}

/** A model from an object in the form of `config.json` or of the attribute `model_config` of an HDF5 file. */
export function kerasModel(
  value: unknown,
  file?: string,
  version?: string,
  layers: LayerTable = layerTable,
): ModelSpec {
  const marks = isRecord(value) ? lostMarks(value) : new Map<Json, number>();
  const older_keras = olderKeras(value, version);
  const nameless = namelessModels(value);
  const reading: Reading = {
    file,
    problems: [],
    notes: [],
    layers,
    marks,
    nameless,
    version,
    ...older_keras,
  };
  const spec = isRecord(value) ? modelOf(value, "", reading) : malformed(reading, "", "an object", value);
  const problems = [...reading.problems, ...(spec ? validate(spec, layers) : [])];
  if (problems.length || !spec) throw new ModelError(problems);
  const { older, notes } = reading;
  return { ...spec, ...(older && { older }), ...(notes.length > 0 && { notes }) };
}

const CLASSES: ReadonlyMap<string, ModelSpec["class_name"]> = new Map([
  ["Sequential", "Sequential"],
  ["Functional", "Functional"],
  ["Model", "Functional"],
]);

/** Whether an entry is of a model and not of a layer. */
const isModel = (entry: Json): boolean =>
  CLASSES.has(entry.class_name as string) &&
  foreignName(entry) === undefined &&
  (isRecord(entry.config) || Array.isArray(entry.config));

function modelOf(entry: Json, path: string, reading: Reading): ModelSpec | undefined {
  const class_name = CLASSES.get(foreignName(entry) ?? (entry.class_name as string));
  if (!class_name) return otherModel(entry, `${path}class_name`, reading);
  const listed = Array.isArray(entry.config);
  const config: unknown = listed ? { layers: entry.config } : entry.config;
  const at = `${path}config`;
  if (!isRecord(config)) return malformed(reading, at, "an object", config);
  if (!Array.isArray(config.layers)) return malformed(reading, `${at}.layers`, "a list", config.layers);
  const named = typeof config.name === "string";
  const head = {
    class_name,
    name: named ? (config.name as string) : class_name.toLowerCase(),
    auto_name: !named,
    trainable: class_name === "Sequential" || config.trainable !== false,
    ...compiled(entry, path, reading),
    at: whereOf(reading, at),
  };
  const entries = entriesOf(config.layers, listed ? at : `${at}.layers`, reading);
  if (class_name === "Functional") return functional(head, config, entries, at, reading);
  if (!reading.older || !listed || !isFolded(entries, reading, entriesOf))
    return sequential(head, config, entries, reading);
  const merged = unfolded(entries, reading, entriesOf);
  return inKerasOrder(
    functional({ ...head, class_name: "Functional" }, merged.config, merged.entries, at, reading),
  );
}

/** A document about something else than a model that its config describes whole. */
function otherModel(entry: Json, path: string, reading: Reading): undefined {
  const { class_name, config } = entry;
  const name = foreignName(entry) ?? class_name;
  const expected = "Sequential or Functional";
  if (typeof name !== "string" || !isRecord(config)) return malformed(reading, path, expected, name);
  const meant = didYouMean(name, CLASSES.values());
  const [message, hint] = meant
    ? [`${name} is no class of a model.`, meant]
    : reading.layers.has(name)
      ? [`${name} is a layer, not a model.`, "Put it into a Sequential behind an Input."]
      : [`${name} is a model in Python code, which is never run.`, AS_FUNCTIONAL];
  const at = whereOf(reading, path);
  reading.problems.push({ code: "bad-config", message, at, expected, received: show(name), hint });
}
const AS_FUNCTIONAL =
  "Write what its call does with the functional API, and load this file's weights into that model.";

type Head = Omit<ModelSpec, "layers" | "inputs" | "outputs">;
function entriesOf(layers: readonly unknown[], path: string, reading: Reading): Entry[] {
  const numbered = nameCounter();
  return layers.flatMap((json, k): Entry[] => {
    const at = `${path}[${k}]`;
    if (!isRecord(json) || typeof json.class_name !== "string")
      return malformed(reading, at, "an object with class_name and config", json) ?? [];
    const config = isRecord(json.config) ? json.config : {};
    const own = reading.nameless.get(json.config);
    const name =
      json.name ?? config.name ?? own ?? (isRecord(json.config) ? numbered(json.class_name) : undefined);
    if (typeof name === "string") return [{ path: at, json, name }];
    return isRecord(json.config)
      ? (malformed(reading, `${at}.config.name`, "a name", name) ?? [])
      : (malformed(reading, `${at}.config`, "an object", json.config) ?? []);
  });
}

function sequential(head: Head, config: Json, entries: readonly Entry[], reading: Reading): ModelSpec {
  const shape = config.build_input_shape;
  const known = Array.isArray(shape) && shape.every((d) => d === null || Number.isInteger(d));
  return {
    ...head,
    layers: entries.flatMap((entry) => layerOf(entry, reading) ?? []),
    inputs: [],
    outputs: [],
    ...(reading.older && entries.length > 0 && { input_name: `${entries[0].name}_input` }),
    ...(known && { build_input_shape: shape as (number | null)[] }),
  };
}

function functional(
  head: Head,
  config: Json,
  entries: readonly Entry[],
  path: string,
  reading: Reading,
): ModelSpec {
  const numbered = numberings(entries, config, isModel, reading.version);
  const frozen = isFrozen(config, entries);
  const refer = (...triple: readonly [string, number, number]): TensorRef => refOf(triple, numbered.calls);
  const layers = entries.flatMap((entry): LayerSpec[] => {
    const read = isLambda(entry) ? lambdaLayer : isNodeLayer(entry) ? nodeLayer : undefined;
    if (read) return [read(entry, refer, reading)].filter((layer) => layer !== undefined);
    const layer = layerOf(entry, reading);
    const flag = frozen && isInput(entry) ? { trainable: false as const } : {};
    return layer ? [{ ...layer, ...flag, calls: callsOf(entry, numbered, reading) }] : [];
  });
  const refs = (key: "input_layers" | "output_layers"): ModelSpec["inputs"] =>
    modelRefs(config[key], `${path}.${key}`, numbered, reading);
  return { ...head, layers, inputs: refs("input_layers"), outputs: refs("output_layers") };
}

const isInput = ({ json }: Entry): boolean => json.class_name === "InputLayer";
/** Whoever sets a model's flag sets those of all its layers; the config of an InputLayer does not say it. */
const isFrozen = (config: Json, entries: readonly Entry[]): boolean =>
  config.trainable === false &&
  entries.every(
    (entry) => isInput(entry) || (isRecord(entry.json.config) && entry.json.config.trainable === false),
  );

function layerOf(entry: Entry, reading: Reading): LayerSpec | undefined {
  const { json, name, path } = entry;
  const at = whereOf(reading, path);
  const id = markOf(json) ?? reading.marks.get(json);
  const keras1 = keras1View(entry, reading);
  const base = {
    name,
    auto_name: false,
    calls: [],
    at,
    ...(id !== undefined && { id }),
    ...(keras1 && { keras1 }),
  };
  if (isModel(json)) {
    const model = modelOf(json, `${path}.`, reading);
    return model && { ...base, class_name: model.class_name, config: {}, model: { ...model, name } };
  }
  if (!isRecord(json.config)) return malformed(reading, `${path}.config`, "an object", json.config);
  const class_name = className(json, reading);
  const values = Object.entries(json.config).flatMap(([key, value]): [string, unknown][] =>
    key === "name" ? [] : [[key, held(plain(value, reading), path, reading)]],
  );
  const key_at = keyPlaces(
    values.map(([key]) => key),
    path,
    reading,
  );
  const written = { class_name, config: Object.fromEntries(values) };
  return { ...base, key_at, ...meant(written, { ...base, key_at }, reading) };
}

/** What Keras 1 shows of a layer of its own. */
function keras1View({ json, listed }: Entry, { older }: Reading): Keras1View | undefined {
  const ours = older?.version?.startsWith("1") && typeof json.class_name === "string";
  return ours ? { class_name: json.class_name as string, ...(listed && { listed }) } : undefined;
}

/** A layer's class and config in the words of Keras 3. */
function meant(
  written: Pick<LayerSpec, "class_name" | "config">,
  said: Pick<LayerSpec, "name" | "at" | "key_at">,
  { older, layers, problems, notes }: Reading,
): Pick<LayerSpec, "class_name" | "config"> {
  if (!older) return written;
  const report = (problem: KeyProblem): unknown =>
    problems.push(keyProblem(said, said.name, { name: written.class_name }, problem));
  const leave = (why: string): unknown =>
    notes.push({ message: `${written.class_name} "${printable(said.name)}": ${why}`, at: said.at });
  return olderLayer(written, layers, older, { report, leave });
}

/** The class of an entry; with its module where that is not of layers, so that an operation is not taken for one. */
function className(json: Json, { older, layers }: Reading): string {
  const foreign = foreignName(json);
  if (foreign !== undefined) return foreign;
  const own = json.class_name as string;
  if (typeof json.module === "string")
    return /(^|\.)(ops|activations)(\.|$)/.test(json.module) ? `${json.module}.${own}` : own;
  return older || isLayer(json, layers) ? own : (operationOf(own, layers) ?? own);
}

/** Keras 3 leaves the modules out of `.h5`; layers say what operations do not. */
const isLayer = ({ class_name, config }: Json, layers: LayerTable): boolean =>
  isRecord(config) &&
  (Object.hasOwn(config, "trainable") ||
    (layers.has(class_name as string) && Object.hasOwn(config, "dtype")));

/** The full name of the operation of a class; undefined where there is none. */
const operationOf = (class_name: string, layers: LayerTable): string | undefined =>
  [...layers.keys()].find((name) => name.startsWith("keras.src.") && name.endsWith(`.${class_name}`));

const WRAPPED = new Set<unknown>(["TensorShape", "__tuple__", "ListWrapper"]);

/** JSON without the objects in which TensorFlow wrapped tuples and shapes, and with the marks that Keras lost. */
function plain(value: unknown, reading: Reading): unknown {
  if (Array.isArray(value)) return value.map((one) => plain(one, reading));
  if (!isRecord(value)) return value;
  const { class_name, items } = value;
  if (WRAPPED.has(class_name) && Array.isArray(items)) return plain(items, reading);
  // as Keras 2.0 wrote what NumPy held
  if (reading.older && value.type === "ndarray" && "value" in value) return plain(value.value, reading);
  const mark = reading.marks.get(value);
  const said = Object.entries(value).map(([key, part]) => [key, plain(part, reading)] as const);
  return { ...Object.fromEntries(said), ...(mark !== undefined && { shared_object_id: mark }) };
}

/** An option's value with the models of several branches in it read. */
const held = (value: unknown, path: string, reading: Reading): unknown =>
  replaced(value, (json) => {
    if (!isModel(json)) return undefined;
    // a list has no place for the model's name
    if (Array.isArray(json.config))
      return { ...json, config: { name: "sequential_1", layers: held(json.config, path, reading) } };
    if (json.class_name === "Sequential") return undefined;
    const network = modelOf(json, `${path}.`, reading);
    return network ? heldObject(network) : {};
  });

function compiled(entry: Json, path: string, reading: Reading): { compile?: CompileSpec } {
  const compile = isRecord(entry.compile_config)
    ? compileSpec(entry.compile_config, whereOf(reading, `${path}compile_config`), reading.older)
    : undefined;
  return compile ? { compile } : {};
}
