import { type Diagnostic, ModelError } from "../diagnostics.ts";
import { fieldsOf } from "../ir/layers/base.ts";
import { layerTable } from "../ir/layers/index.ts";
import { written } from "../ir/fields/write.ts";
import {
  type Call,
  inputName,
  isSource,
  type Layer,
  leaves,
  type Model,
  type Passed,
  type Value,
} from "../ir/model.ts";
import type { NestOf } from "../ir/spec.ts";

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
  const problems = unwritable(model, model.name);
  if (problems.length) throw new ModelError(problems);
  return { ...modelObject(model, sharedLayers(model)), ...(compile_config && { compile_config }) };
}

/** What Keras 3 has no words for, with the paths of the layers. */
function unwritable(model: Model, path: string): Diagnostic[] {
  return model.layers.flatMap((layer) => {
    const at = `${path}/${layer.name}`;
    if (layer.model) return unwritable(layer.model, at);
    return Object.entries(fieldsOf(layer.def!)).flatMap(([key, field]): Diagnostic[] => {
      const why = field.unwritable?.(layer.config[key]);
      const message = `The ${key} of this layer cannot be said to Keras 3: it is ${why}.`;
      return why === undefined ? [] : [{ code: "not-in-keras-3", message, at: { path: at }, hint: WAY_OUT }];
    });
  });
}

const WAY_OUT = "Save the weights alone (.weights.h5), or compile the model to a bundle.";

function compileConfig({ compile }: Model): object | undefined {
  if (!compile) return undefined;
  const { at: _at, ...config } = compile;
  return config;
}

/** Layers that two models list, with the id under which both entries name the same object. */
type Shared = ReadonlyMap<Layer, number>;

function sharedLayers(model: Model): Shared {
  const shared = new Map<Layer, number>();
  const visit = (m: Model): void => {
    for (const layer of m.layers) {
      if (layer.origin && !shared.has(layer.origin)) shared.set(layer.origin, shared.size + 1);
      if (layer.model) visit(layer.model);
    }
  };
  visit(model);
  return shared;
}

function modelObject(model: Model, shared: Shared): KerasJson {
  return model.class_name === "Sequential"
    ? sequentialObject(model, shared)
    : functionalObject(model, shared);
}

function sequentialObject(model: Model, shared: Shared): KerasJson {
  const shape = model.built ? leaves(model.inputs)[0].shape : undefined;
  return {
    module: "keras",
    class_name: "Sequential",
    config: {
      name: model.name,
      trainable: model.trainable,
      dtype: "float32",
      layers: model.layers.map((layer) => layerObject(layer, shared)),
      ...(shape && { build_input_shape: shape }),
    },
    registered_name: null,
    ...(shape && { build_config: { input_shape: shape } }),
  };
}

function functionalObject(model: Model, shared: Shared): KerasJson {
  const functional = new Set(
    model.layers.filter((layer) => layer.class_name === "Functional").map((layer) => layer.name),
  );
  /** A nested Functional's own inputs count as its call number 0, but only here. */
  const end = ({ layer, node, tensor }: Value): unknown => [
    layer,
    node + (functional.has(layer) ? 1 : 0),
    tensor,
  ];
  return {
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name: model.name,
      trainable: model.trainable,
      layers: model.layers.map((layer) => ({
        ...layerObject(layer, shared),
        name: layer.name,
        inbound_nodes: isSource(layer) ? [] : layer.calls.map(node),
      })),
      input_layers: listed(nestJson(model.inputs, end), model.inputs),
      output_layers: listed(nestJson(model.outputs, end), model.outputs),
    },
    registered_name: "Functional",
    build_config: { input_shape: null },
  };
}

/**
 * One tensor stands in a list of its own: Keras before 3.11 reads nothing else. Later ones read it, too, with a warning
 * when the model is called; there is no form that both take in silence.
 */
const listed = (json: unknown, nest: NestOf<Value>): unknown =>
  !Array.isArray(nest) && typeof (nest as Value).kind === "string" ? [json] : json;

function nestJson(nest: NestOf<Value>, leaf: (value: Value) => unknown): unknown {
  if (Array.isArray(nest)) return (nest as readonly NestOf<Value>[]).map((part) => nestJson(part, leaf));
  if (typeof (nest as Value).kind === "string") return leaf(nest as Value);
  return Object.fromEntries(
    Object.entries(nest as Record<string, NestOf<Value>>).map(([key, part]) => [key, nestJson(part, leaf)]),
  );
}

function node({ layer, inputs, args, positional, training }: Call): KerasJson {
  const all: [string, unknown][] = [
    [inputName(layer), nestJson(inputs, tensor)],
    ...Object.entries(args).map(([key, passed]): [string, unknown] => [key, passedJson(passed)]),
  ];
  return {
    args: all.slice(0, positional).map(([, json]) => json),
    kwargs: { ...Object.fromEntries(all.slice(positional)), ...(training !== undefined && { training }) },
  };
}

function passedJson(passed: Passed): unknown {
  if (typeof passed !== "object" || passed === null) return passed;
  if (Array.isArray(passed)) return (passed as readonly Passed[]).map(passedJson);
  if ((passed as Value).kind === "value") return tensor(passed as Value);
  return Object.fromEntries(Object.entries(passed).map(([key, part]) => [key, passedJson(part as Passed)]));
}

function tensor({ layer, node, tensor, shape, dtype }: Value): KerasJson {
  return { class_name: "__keras_tensor__", config: { shape, dtype, keras_history: [layer, node, tensor] } };
}

function layerObject(layer: Layer, shared: Shared): KerasJson {
  const id = shared.get(layer.origin ?? layer);
  const tag = id === undefined ? {} : { shared_object_id: id };
  if (layer.model) return { ...modelObject({ ...layer.model, name: layer.name }, shared), ...tag };
  const def = layer.def!;
  const own = layerTable.get(def.module === undefined ? def.name : `${def.module}.${def.name}`) === def;
  return {
    module: own ? (def.module ?? "keras.layers") : null,
    class_name: def.name,
    config: { name: layer.name, ...written(fieldsOf(def), layer.config) },
    registered_name: own && def.module === undefined ? null : def.name,
    ...(def.builds && layer.build_shapes && { build_config: layer.build_shapes }),
    ...tag,
  };
}
