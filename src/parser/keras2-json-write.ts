import { ModelError } from "../diagnostics.ts";
import { fieldsOf } from "../ir/layers/base.ts";
import { written } from "../ir/fields/write.ts";
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
} from "../ir/model.ts";
import type { NestOf } from "../ir/spec.ts";
import type { Shape } from "../ir/tensor.ts";
import { withoutCarriedMasks } from "./carried-masks.ts";
import type { KerasJson } from "./keras-json-write.ts";
import { withModels } from "./held-models.ts";
import { isOne, listed, nestJson } from "./nest-json.ts";
import { isOperation, lambdaNode, lambdaObject } from "./tensorflow/write.ts";
import { type Shared, sharedLayers, sharedMark } from "./shared-layers.ts";
import { checkWritable } from "./unwritable.ts";

/** What `model.to_json()` of tf.keras says of the architecture, in the form that all of them read: class_name and config. */
export function keras2Config(of: Model): KerasJson {
  const model = withoutCarriedMasks(of);
  checkWritable(model, "2");
  return modelObject(model, sharedLayers(model));
}

const modelObject = (model: Model, shared: Shared): KerasJson =>
  model.class_name === "Sequential" ? sequentialObject(model, shared) : functionalObject(model, shared);

function sequentialObject(model: Model, shared: Shared): KerasJson {
  const layers = model.layers.map((layer) => layerObject(layer, shared));
  const shape = model.built ? leaves(model.inputs)[0].shape : undefined;
  return {
    class_name: "Sequential",
    config: { name: model.name, layers, ...(shape && { build_input_shape: shape }) },
  };
}

function functionalObject(model: Model, shared: Shared): KerasJson {
  const first = firstCalls(model);
  const end = (value: Value): unknown => triple(value, first);
  return {
    class_name: "Functional",
    config: {
      name: model.name,
      trainable: model.trainable,
      layers: model.layers.map((layer) => ({
        ...layerObject(layer, shared),
        name: layer.name,
        inbound_nodes: isSource(layer) ? [] : layer.calls.map((call) => nodeOf(call, first)),
      })),
      input_layers: listed(model.inputs, end),
      output_layers: listed(model.outputs, end),
    },
  };
}

/** The numbers of the first calls of nested models whose own placeholder counts as call number 0. */
type FirstCalls = ReadonlyMap<string, number>;

const firstCalls = (model: Model): FirstCalls =>
  new Map(
    model.layers.flatMap(({ name, model: inner }) =>
      inner?.layers[0] && isSource(inner.layers[0]) ? [[name, 1] as const] : [],
    ),
  );

const triple = ({ layer, node, tensor }: Value, first: FirstCalls): [string, number, number] => [
  layer,
  node + (first.get(layer) ?? 0),
  tensor,
];

const nodeOf = (call: Call, first: FirstCalls): unknown =>
  isOperation(call.layer) ? lambdaNode(call, (value) => triple(value, first)) : node(call, first);

/** A call as nested lists: the input's tensors as `[layer, node, tensor, kwargs]`, all else by name in `kwargs`. */
function node(call: Call, first: FirstCalls): unknown {
  const [[, inputs], ...rest] = argumentsOf(call);
  const { older } = call.layer;
  refuseArguments(call);
  const unknown = new Set<string>(call.layer.def?.new_arguments);
  const known = rest.filter(
    ([key, passed]) => !unknown.has(key) && !(isMask(key) && passed === null && !older),
  );
  const named = known.map(([key, passed]): [string, unknown] => [key, passedJson(passed, call.layer, first)]);
  const { training } = call;
  const kwargs = { ...Object.fromEntries(named), ...(training !== undefined && { training }) };
  const leaf = (value: Value): unknown => [...triple(value, first), kwargs];
  return listed(inputs as NestOf<Value>, leaf);
}

/** Where nothing is said, Keras 3 takes the mask that comes with the tensor, whatever the file says; Keras 2 takes a null for none. */
const isMask = (key: string): boolean => key === "mask";

function passedJson(passed: Passed, layer: Layer, first: FirstCalls): unknown {
  if (typeof passed !== "object" || passed === null) return passed;
  if (isLiteral(passed)) throw noLiteral(layer);
  if (Array.isArray(passed))
    return (passed as readonly Passed[]).map((part) => passedJson(part, layer, first));
  if (isOne(passed as NestOf<Value>)) return triple(passed as Value, first);
  return nestJson(passed as NestOf<Value>, (value) => triple(value, first));
}

/** Refuses arguments that Keras 2 does not have. */
function refuseArguments({ layer, args }: Call): void {
  const other = layer.def?.new_arguments?.find((key) => (args[key] ?? null) !== null);
  if (other === undefined) return;
  throw new ModelError({
    code: "not-in-keras-2",
    message: `In Keras 2, calls of ${layer.class_name} take no ${other}.`,
    at: { path: layer.name },
  });
}

const noLiteral = ({ name }: Layer): ModelError =>
  new ModelError({
    code: "not-in-keras-2",
    message: "A call of this layer takes an array or a slice, which no file of Keras 2 holds.",
    at: { path: name },
  });

type Shapes = Readonly<Record<string, NestOf<Shape>>>;

function layerObject(layer: Layer, shared: Shared): KerasJson {
  const mark = sharedMark(layer, shared);
  if (layer.model) return { ...modelObject({ ...layer.model, name: layer.name }, shared), ...mark };
  if (isOperation(layer)) return { ...lambdaObject(layer), ...mark };
  const def = layer.def!;
  const { shapes_dict: shapes = layer.build_shapes } = layer.build_shapes ?? {};
  const more = def.keras2_config?.(layer.config, (shapes ?? {}) as Shapes);
  const inside = (model: Model): KerasJson => modelObject(model, shared);
  const own = withModels(written(fieldsOf(def), layer.config, "2"), inside);
  const config = { name: layer.name, ...own, ...more };
  return { class_name: def.name, config, ...mark };
}
