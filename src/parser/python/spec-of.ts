import type {
  Argument,
  CallNumber,
  CallSpec,
  LayerSpec,
  ModelSpec,
  NestOf,
  TensorRef,
} from "../../ir/spec.ts";
import { isLiteral } from "../../ir/model.ts";
import { flat } from "./models.ts";
import {
  type CallValue,
  isInput,
  type LayerValue,
  type ModelState,
  type NodeValue,
  type TensorValue,
} from "./values.ts";
import { networkOf } from "./network.ts";

/** A model object as the spec of what was written. */
export function modelSpec(made: LayerValue): ModelSpec {
  const state = made.model!;
  const base = {
    class_name: state.class_name,
    name: made.name,
    auto_name: made.auto_name,
    trainable: made.trainable,
    ...(state.compile ? { compile: state.compile } : {}),
    at: made.at,
  };
  return state.class_name === "Sequential"
    ? { ...base, ...sequentialParts(state) }
    : { ...base, ...functionalParts(state) };
}

type Stacked = Pick<ModelSpec, "layers" | "inputs" | "outputs" | "input_name" | "waits">;
function sequentialParts(state: ModelState): Stacked {
  const { input_name, built, layers } = state;
  return {
    layers: layers.map((layer) => layerSpec(layer, [])),
    inputs: [],
    outputs: [],
    ...(input_name === undefined ? {} : { input_name }),
    ...(!built && layers[0]?.model ? { waits: true } : {}),
  };
}

function functionalParts(state: ModelState): Pick<ModelSpec, "layers" | "inputs" | "outputs"> {
  const { layers, nodes } = networkOf(flat(state.inputs!), flat(state.outputs!));
  const kept = new Map<NodeValue, number>();
  for (const layer of layers) {
    layer.calls.filter((node) => nodes.has(node)).forEach((node, i) => kept.set(node, i));
  }
  const ref = (tensor: TensorValue): TensorRef => ({
    kind: "tensor",
    layer: tensor.node.layer.name,
    node: kept.get(tensor.node) ?? 0,
    tensor: tensor.index,
  });
  const calls = (layer: LayerValue): CallSpec[] =>
    layer.calls
      .filter((node) => nodes.has(node) && node.inputs.length > 0)
      .map((node) => callSpec(node, ref));
  return {
    layers: layers.map((layer) => layerSpec(layer, calls(layer))),
    inputs: mapped(state.inputs!, ref),
    outputs: mapped(state.outputs!, ref),
  };
}

function callSpec(node: NodeValue, ref: (tensor: TensorValue) => TensorRef): CallSpec {
  const value = (v: NestOf<CallValue>): Argument => {
    if (v === null || typeof v !== "object") return v as Argument;
    if (Array.isArray(v)) return (v as readonly NestOf<CallValue>[]).map(value);
    if (isLiteral(v)) return v;
    if ((v as TensorValue).kind === "tensor" && "node" in v) return ref(v as TensorValue);
    return Object.fromEntries(Object.entries(v).map(([key, x]) => [key, value(x as NestOf<CallValue>)]));
  };
  return {
    args: node.args.map(value),
    kwargs: Object.fromEntries(Object.entries(node.kwargs).map(([k, v]) => [k, value(v)])),
    number: numberOf(node),
    at: node.at,
  };
}

/** Nodes of the layer object count from its first, wherever they were made. */
function numberOf(node: NodeValue): CallNumber {
  const { calls } = node.layer;
  const own = calls.filter((call) => call.again === undefined);
  return { keras2: own.indexOf(node.again ?? node), keras3: calls.indexOf(node) };
}

function mapped(nest: NestOf<TensorValue>, ref: (tensor: TensorValue) => TensorRef): NestOf<TensorRef> {
  if (Array.isArray(nest)) return (nest as readonly NestOf<TensorValue>[]).map((part) => mapped(part, ref));
  if ((nest as TensorValue).kind === "tensor") return ref(nest as TensorValue);
  return Object.fromEntries(
    Object.entries(nest).map(([key, part]) => [key, mapped(part as NestOf<TensorValue>, ref)]),
  );
}

const ownFlag = ({ own_flag }: LayerValue): { trainable?: boolean } =>
  own_flag === undefined ? {} : { trainable: own_flag };

/** A layer object as somebody wrote it, with its calls in a model. */
export function layerSpec(layer: LayerValue, calls: readonly CallSpec[]): LayerSpec {
  const trainable =
    layer.trainable_set && !layer.model && !isInput(layer) ? { trainable: layer.trainable } : {};
  return {
    class_name: layer.class_name,
    name: layer.name,
    auto_name: layer.auto_name,
    config: { ...layer.config, ...trainable },
    ...((isInput(layer) || (layer.trainable_set && !layer.alone)) && !layer.trainable
      ? { trainable: false }
      : {}),
    ...(layer.model ? { model: modelSpec(layer) } : {}),
    calls,
    id: layer.id,
    ...(layer.draws ? { draws: layer.draws } : {}),
    ...(Object.keys(layer.key_at).length > 0 ? { key_at: layer.key_at } : {}),
    ...(layer.said ? { said: layer.said } : {}),
    ...(layer.keras1 ? { keras1: { ...layer.keras1, ...ownFlag(layer) } } : {}),
    at: layer.at,
  };
}
