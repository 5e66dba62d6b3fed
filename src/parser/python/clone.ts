import type { NestOf } from "../../ir/spec.ts";
import { nodeOf } from "./apply.ts";
import { type Args, bindKnown, type Given } from "./arguments.ts";
import { buildLayer, firstCall, layerDraws } from "./draws.ts";
import { connectCopy, flat, madeInput } from "./models.ts";
import { networkOf } from "./network.ts";
import { countTensors } from "./tensor-names.ts";
import { plain, tensorsIn } from "./plain.ts";
import {
  type CallValue,
  describe,
  is,
  isInput,
  type LayerValue,
  type ModelState,
  type NodeValue,
  type TensorValue,
  type Value,
} from "./values.ts";
import { countsAsKeras2, fail, spendSize, where, type World } from "./world.ts";

/** What stands for the inputs of the copy. */
interface Copying {
  readonly w: World;
  readonly offset: number;
  /** Keras 3 names the inputs of a copied Functional as it names their tensors; models within keep theirs. */
  readonly outermost: boolean;
  readonly tensors?: readonly TensorValue[];
}

/** `clone_model(model)`: layers of the same names and options, with weights of their own. */
export function cloneModel(w: World, args: Args): Value {
  const names = ["model", "input_tensors", "clone_function", "call_function", "recursive"];
  const bound = bindKnown(w, "clone_model", names, args);
  const given = bound.get("model");
  if (!given || !is(given.value, "layer") || !given.value.model)
    return fail(w, given?.offset ?? args.offset, "python-value", "clone_model takes a model.", {
      received: given ? describe(given.value) : "nothing",
    });
  for (const name of ["clone_function", "call_function", "recursive"]) {
    const { value = null, offset = 0 } = bound.get(name) ?? {};
    if (value !== null && value !== false)
      fail(w, offset, "python-unsupported", `${name} of clone_model is not read.`, {
        hint: "Build the model in a function, and call it twice.",
      });
  }
  const tensors = inputTensors(w, given.value, bound.get("input_tensors"));
  const copying = { w, offset: args.offset, outermost: true, ...(tensors && { tensors }) };
  return copyModel(copying, given.value);
}

function inputTensors(
  w: World,
  { model }: LayerValue,
  given: Given | undefined,
): readonly TensorValue[] | undefined {
  if (!given || given.value === null) return undefined;
  const tensors = tensorsIn(given.value);
  const inputs = model!.inputs;
  const wantsList = Array.isArray(inputs);
  const fits =
    inputs === undefined ||
    (tensors.length === flat(inputs).length &&
      (w.library.keras2 || is(given.value, "list", "tuple") === wantsList));
  if (!fits || tensors.length === 0 || !tensors.every(({ node }) => isInput(node.layer)))
    fail(w, given.offset, "python-value", "input_tensors does not fit the inputs of the model.", {
      expected: wantsList ? "a list with an Input for each" : "an Input",
      received: describe(given.value),
    });
  return tensors;
}

function copyModel(c: Copying, layer: LayerValue): LayerValue {
  const { w } = c;
  const model = layer.model!.class_name === "Sequential" ? copyStack(c, layer) : copyNetwork(c, layer);
  const copy: LayerValue = { ...layer, ...fresh(c), model };
  w.models.push(copy);
  if (model.class_name === "Sequential" && model.layers.length > 1) connectCopy(w, copy);
  return copy;
}

const fresh = ({ w, offset }: Copying): Pick<LayerValue, "id" | "calls" | "at"> => ({
  id: ++w.meter.ids,
  calls: [],
  at: where(w, offset),
});

function copyStack(c: Copying, { model }: LayerValue): ModelState {
  const [given] = c.tensors ?? [];
  const within = { w: c.w, offset: c.offset, outermost: false };
  const layers = model!.layers.map((layer, k) =>
    k === 0 && given
      ? given.node.layer
      : isInput(layer)
        ? copyInput(c, layer, layer.name)
        : copyLayer(within, layer),
  );
  return { class_name: "Sequential", layers, built: false };
}

/** To Keras 3 its name is then given. */
const copyInput = (c: Copying, { config, auto_name }: LayerValue, name: string): LayerValue =>
  madeInput(c.w, { ...config }, name, c.offset, auto_name && c.w.library.keras2);

/** A layer made anew of its options, and what it holds as well. */
function copyLayer(c: Copying, layer: LayerValue): LayerValue {
  const { w } = c;
  spendSize(w, 200, c.offset);
  if (layer.model) return copyModel(c, layer);
  const config = copyHeld(c, layer.config) as LayerValue["config"];
  const draws = layerDraws(w, layer.class_name, config, new Map());
  const { draws: _old, ...rest } = layer;
  const copy: LayerValue = { ...rest, ...fresh(c), config, ...(draws && { draws }) };
  w.layers.push(copy);
  // Keras 2 builds it from its options
  const isBuilt = layer.calls.length > 0 || w.built.has(layer);
  if (layer.class_name === "MultiHeadAttention" && countsAsKeras2(w) && isBuilt) buildLayer(w, copy);
  return copy;
}

/** Options in which other layers stand: those are copied, too. */
function copyHeld(c: Copying, v: unknown): unknown {
  if (typeof v !== "object" || v === null) return v;
  if (Array.isArray(v)) return v.map((item) => copyHeld(c, item));
  const { shared_object_id: id } = v as { shared_object_id?: unknown };
  const held = [...c.w.layers, ...c.w.models].find((layer) => layer.id === id);
  if (held) return plain(c.w, copyLayer(c, held), c.offset);
  return Object.fromEntries(Object.entries(v).map(([key, item]) => [key, copyHeld(c, item)]));
}

function copyNetwork(c: Copying, { model }: LayerValue): ModelState {
  const { w } = c;
  const { inputs, outputs } = model!;
  const { layers, nodes } = networkOf(flat(inputs!), flat(outputs!));
  const within = { w, offset: c.offset, outermost: false };
  const tensors = new Map(flat(inputs!).map((tensor, k) => [tensor, c.tensors?.[k] ?? newInput(c, tensor)]));
  const copies = new Map<LayerValue, LayerValue>();
  const copied = (layer: LayerValue): LayerValue => {
    const copy = copies.get(layer) ?? copyLayer(within, layer);
    copies.set(layer, copy);
    return copy;
  };
  const done = new Set<NodeValue>();
  const visit = (node: NodeValue): void => {
    if (done.has(node) || tensors.has(node.outputs[0])) return;
    done.add(node);
    // calls of one layer keep their order
    for (const before of node.layer.calls.slice(0, node.layer.calls.indexOf(node)))
      if (nodes.has(before)) visit(before);
    for (const tensor of node.inputs) visit(tensor.node);
    const copy = repeat(w, node, copied(node.layer), tensors);
    node.outputs.forEach((tensor, k) => tensors.set(tensor, copy.outputs[k]));
  };
  for (const layer of layers) for (const node of layer.calls) if (nodes.has(node)) visit(node);
  for (const [old, made] of tensors) {
    const mask = w.masks.get(old);
    if (mask && tensors.has(mask)) w.masks.set(made, tensors.get(mask)!);
  }
  const place = (nest: NestOf<TensorValue>): NestOf<TensorValue> =>
    replaced(nest, tensors) as NestOf<TensorValue>;
  return {
    class_name: "Functional",
    layers: [],
    inputs: place(inputs!),
    outputs: place(outputs!),
    built: true,
  };
}

function newInput(c: Copying, { node: { layer } }: TensorValue): TensorValue {
  const { w, offset, outermost } = c;
  const ofTensor = outermost && !w.library.keras2 && layer.auto_name;
  const name = ofTensor ? w.tensors.names.get(layer) : layer.name;
  if (name === undefined)
    return fail(
      w,
      offset,
      "python-unsupported",
      "Keras calls the copied input by a count of tensors not known here.",
      { hint: `Give the input '${layer.name}' a name.` },
    );
  return copyInput(c, layer, name).calls[0].outputs[0];
}

/** The same call of the copy. */
function repeat(
  w: World,
  node: NodeValue,
  layer: LayerValue,
  tensors: ReadonlyMap<TensorValue, TensorValue>,
): NodeValue {
  const of = (nest: NestOf<CallValue>): NestOf<CallValue> => replaced(nest, tensors);
  const kwargs = Object.fromEntries(Object.entries(node.kwargs).map(([key, v]) => [key, of(v)]));
  const inputs = node.inputs.map((tensor) => tensors.get(tensor) ?? tensor);
  firstCall(w, layer);
  countTensors(w, layer);
  return nodeOf(layer, node.args.map(of), kwargs, inputs, node.outputs.length, node.at);
}

function replaced(
  nest: NestOf<CallValue>,
  tensors: ReadonlyMap<TensorValue, TensorValue>,
): NestOf<CallValue> {
  if (typeof nest !== "object" || nest === null) return nest;
  if (Array.isArray(nest))
    return (nest as readonly NestOf<CallValue>[]).map((part) => replaced(part, tensors));
  const { kind } = nest as { kind?: unknown };
  if (kind === "tensor") return tensors.get(nest as TensorValue) ?? (nest as TensorValue);
  if (kind === "array") return nest;
  return Object.fromEntries(
    Object.entries(nest).map(([key, part]) => [key, replaced(part as NestOf<CallValue>, tensors)]),
  );
}
