import { settingsOf } from "../ir/compile-args.ts";
import { fieldsOf } from "../ir/layers/base.ts";
import { layerTable } from "../ir/layers/index.ts";
import { written } from "../ir/fields/write.ts";
import { type CallArguments, takesTensors } from "../ir/call-arguments.ts";
import {
  argumentsOf,
  type Call,
  isLiteral,
  isSource,
  type Layer,
  leaves,
  type Model,
  type Passed,
  type Value,
  valuesIn,
} from "../ir/model.ts";
import type { Literal } from "../ir/spec.ts";
import { numel } from "../ir/tensor.ts";
import { inWholeAxes } from "../ir/whole-axes.ts";
import { withModels } from "./held-models.ts";
import { listed, nestJson } from "./nest-json.ts";
import { withoutClashes } from "./clashing-masks.ts";
import { callsBefore, type Shared, sharedLayers, sharedMark, withMarks } from "./shared-layers.ts";
import { withCountedNames } from "./operation-names.ts";
import { withSaidMasks } from "./said-masks.ts";
import { checkWritable } from "./unwritable.ts";

/** A Keras 3 object as `config.json` holds it. */
export type KerasJson = Readonly<Record<string, unknown>>;

/** What `model.to_json()` gives, in the form that the oldest Keras 3 reads; `compile_config` only where the model is compiled. */
export function writeKerasJson(model: Model, compile_config?: object): string {
  return JSON.stringify(kerasConfig(model, compile_config));
}

/** The object of which `config.json` is the text. */
export function kerasConfig(
  model: Model,
  compile_config: object | undefined = compileConfig(model),
): KerasJson {
  const writing = { shared: sharedLayers(model), before: callsBefore(model) };
  return { ...architecture(model, writing), ...(compile_config && { compile_config }) };
}

/**
 * The architecture as it stands in an `.h5` file, where Keras 3 reads a layer of several models as several, and takes
 * `...` out of the text before it asks what its own reader knows of it, and fails.
 */
export const kerasH5Config = (model: Model): KerasJson =>
  architecture(model, { shared: sharedLayers(model), before: new Map(), in_whole_axes: true });

function architecture(model: Model, writing: Writing): KerasJson {
  checkWritable(model, "3");
  return withCountedNames(modelObject(model, writing));
}

function compileConfig({ compile }: Model): object | undefined {
  return compile && settingsOf(compile);
}

/** What the parts of a file share. */
interface Writing {
  readonly shared: Shared;
  readonly before: ReturnType<typeof callsBefore>;
  readonly in_whole_axes?: true;
}

function modelObject(model: Model, writing: Writing, ends: Ends = listed): KerasJson {
  return model.class_name === "Sequential"
    ? sequentialObject(model, writing)
    : functionalObject(model, writing, ends);
}

/** How a model's inputs and outputs are written. */
type Ends = typeof listed;

function sequentialObject(model: Model, writing: Writing): KerasJson {
  const shape = model.built ? leaves(model.inputs)[0].shape : undefined;
  return {
    module: "keras",
    class_name: "Sequential",
    config: {
      name: model.name,
      trainable: model.trainable,
      dtype: "float32",
      // since 3.11 a Sequential hands on the list that a model with a list of one gives: other numbers, and no error
      layers: model.layers.map((layer) => layerObject(layer, writing, nestJson)),
      ...(shape && { build_input_shape: shape }),
    },
    registered_name: null,
    ...(shape && { build_config: { input_shape: shape } }),
  };
}

function functionalObject(of: Model, writing: Writing, ends: Ends): KerasJson {
  const model = withSaidMasks(withoutClashes(of));
  const functional = new Set(
    model.layers.filter((layer) => layer.class_name === "Functional").map((layer) => layer.name),
  );
  const before = new Map(of.layers.map((layer) => [layer.name, writing.before.get(layer) ?? 0]));
  const history: History = ({ layer, node, tensor }) => [layer, node + (before.get(layer) ?? 0), tensor];
  /** A nested Functional's own inputs count as its call number 0, but only here. */
  const end = (value: Value): unknown => {
    const [layer, node, tensor] = history(value);
    return [layer, node + (functional.has(layer) ? 1 : 0), tensor];
  };
  const call = (one: Call): KerasJson => node(one, history, writing.in_whole_axes);
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name: model.name,
      trainable: model.trainable,
      layers: model.layers.map((layer) => ({
        ...layerObject(layer, writing),
        name: layer.name,
        inbound_nodes: isSource(layer) ? [] : layer.calls.map(call),
      })),
      input_layers: ends(model.inputs, end),
      output_layers: ends(model.outputs, end),
    },
    registered_name: "Functional",
    build_config: { input_shape: null },
  };
}

/** Which tensor a value is to Keras. */
type History = (value: Value) => readonly [layer: string, node: number, tensor: number];

function node(call: Call, history: History, in_whole_axes = false): KerasJson {
  const { positional, training } = call;
  const given = argumentsOf(call);
  const rank = given.flatMap(([, passed]) => valuesIn(passed))[0]?.shape.length ?? 0;
  const said = (passed: Passed): Passed => (in_whole_axes ? inWholeAxes(passed, rank) : passed);
  const all = given.map(([key, passed]) => [key, passedJson(said(passed), history)] as const);
  const variadic = ([key]: readonly [string, unknown]): boolean => isVariadic(call.layer.def?.call?.[key]);
  return {
    args: all.slice(0, positional).flatMap((one) => (variadic(one) ? (one[1] as unknown[]) : [one[1]])),
    kwargs: { ...Object.fromEntries(all.slice(positional)), ...(training !== undefined && { training }) },
  };
}
const isVariadic = (argument: CallArguments[string] | undefined): boolean =>
  argument !== undefined && takesTensors(argument) && argument.variadic === true;

function passedJson(passed: Passed, history: History): unknown {
  if (typeof passed !== "object" || passed === null) return passed;
  if (isLiteral(passed)) return literalJson(passed);
  if (Array.isArray(passed)) return (passed as readonly Passed[]).map((part) => passedJson(part, history));
  if ((passed as Value).kind === "value") return tensor(passed as Value, history);
  return Object.fromEntries(
    Object.entries(passed).map(([key, part]) => [key, passedJson(part as Passed, history)]),
  );
}

function literalJson(literal: Literal): KerasJson {
  const { kind, ...config } = literal;
  if (literal.kind === "array") {
    const { shape, data, dtype } = literal;
    return { class_name: "__numpy__", config: { value: nestedArray(shape, data), dtype } };
  }
  return { class_name: `__${kind}__`, config };
}
/** A row-major array as nested lists. */
function nestedArray([size, ...rest]: readonly number[], data: readonly number[]): unknown {
  if (size === undefined) return data[0];
  const width = numel(rest);
  return Array.from({ length: size }, (_, k) => nestedArray(rest, data.slice(k * width, (k + 1) * width)));
}

function tensor(value: Value, history: History): KerasJson {
  const { shape, dtype } = value;
  return { class_name: "__keras_tensor__", config: { shape, dtype, keras_history: history(value) } };
}

function layerObject(layer: Layer, writing: Writing, ends: Ends = listed): KerasJson {
  const tag = sharedMark(layer, writing.shared);
  if (layer.model) return { ...modelObject({ ...layer.model, name: layer.name }, writing, ends), ...tag };
  const def = layer.def!;
  // as a Sequential does: see there
  const inside = (model: Model): KerasJson => modelObject(model, writing, nestJson);
  const { config, name } = layer;
  const said = withMarks(written(fieldsOf(def), config), config, writing.shared);
  const own = layerTable.get(def.module === undefined ? def.name : `${def.module}.${def.name}`) === def;
  return {
    module: own ? (def.module ?? "keras.layers") : null,
    class_name: def.name,
    config: { name, ...withModels(said, inside) },
    registered_name: own && def.module === undefined ? null : def.name,
    ...(def.builds && layer.build_shapes && { build_config: layer.build_shapes }),
    ...tag,
  };
}
