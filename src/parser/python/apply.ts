import { didYouMean, type Where } from "../../diagnostics.ts";
import { grouped, outputCount } from "../../ir/build.ts";
import { layerTable } from "../../ir/layers/index.ts";
import type { NestOf } from "../../ir/spec.ts";
import type { Args, Given } from "./arguments.ts";
import { buildLayer, firstCall } from "./draws.ts";
import { callOnArrays, literalOf } from "./eager.ts";
import { hangMask, passedMask } from "./masks.ts";
import { countTensors } from "./tensor-names.ts";
import { asValue, buildModel, ends, flat, touch } from "./models.ts";
import { plain, tensorsIn, unusable } from "./plain.ts";
import {
  describe,
  is,
  type CallValue,
  type LayerValue,
  type NodeValue,
  type TensorValue,
  type Value,
} from "./values.ts";
import { fail, opaque, where, type World } from "./world.ts";

/** A call of a layer, remembered by the layer. */
export function nodeOf(
  layer: LayerValue,
  args: readonly NestOf<CallValue>[],
  kwargs: Readonly<Record<string, NestOf<CallValue>>>,
  inputs: readonly TensorValue[],
  outputs: number,
  at: Where,
  again?: NodeValue,
): NodeValue {
  const node: NodeValue = { layer, args, kwargs, inputs, outputs: [], at, ...(again && { again }) };
  for (let index = 0; index < outputs; index++) node.outputs.push({ kind: "tensor", node, index });
  layer.calls.push(node);
  return node;
}
export const output = (node: NodeValue, index: number): TensorValue => node.outputs[index];

/** `layer(x)`: a new tensor, or what a nested model gives out; a call on data is a run and not read. */
export function callLayer(w: World, layer: LayerValue, call: Args): Value {
  // Keras flattens named arguments by name.
  const named = [...call.keyword].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
  const given = [...call.positional, ...named];
  const inputs = given.flatMap(({ value }) => tensorsIn(value));
  const [first] = given;
  if (first && is(first.value, "data") && first.value.shape && layer.model)
    buildModel(w, layer, first.value.shape);
  touch(w, layer);
  if (inputs.length === 0) return withoutTensors(w, layer, call, given);
  refuseLone(w, layer, call);
  const args = call.positional.map(({ value, offset }) => callValue(w, value, offset));
  const kwargs = namedValues(w, call);
  const end = endOf(layer);
  const outer = end.model && ends(end)?.outputs;
  firstCall(w, layer);
  const count = outer ? flat(outer).length : ownOutputs(end, layer.model ? {} : kwargs);
  const mask = passedMask(w, layer, call);
  const masked = mask ? { ...kwargs, mask } : kwargs;
  const node = nodeOf(layer, args, masked, mask ? [...inputs, mask] : inputs, count, where(w, call.offset));
  countTensors(w, layer);
  hangMask(w, layer, node, call.offset);
  if (outer) return asValue(shaped(outer, node));
  if (count === 1) return node.outputs[0];
  const list = (items: readonly TensorValue[]): Value => ({ kind: "list", items: [...items] });
  return { kind: "tuple", items: [...grouped(node.outputs, end.class_name, end.config, list)] };
}

/** A call on data, or on what is not known; any other is a mistake. */
function withoutTensors(w: World, layer: LayerValue, call: Args, given: readonly Given[]): Value {
  const undefined_ = layer.model ? undefined : given.find(({ value }) => is(value, "free"));
  if (undefined_) return unusable(w, undefined_.value, undefined_.offset);
  const made = onArrays(w, layer, call);
  if (made !== undefined) return made;
  if (!layer.model) buildLayer(w, layer);
  // what a layer makes of what is not known is no better known: that is to be told
  const unknown = layer.model ? undefined : given.find(({ value }) => is(value, "opaque"));
  if (unknown) return unknown.value;
  if (given.some(({ value }) => is(value, "data", "opaque", "free"))) return opaque(w);
  return fail(w, call.offset, "python-call", `Nothing that is a tensor is passed to ${describe(layer)}.`, {
    expected: "an Input or what another layer gave",
    received: given[0] ? describe(given[0].value) : "nothing",
    ...(given[0] && wayOut(w, given[0].value)),
  });
}

/** A call on arrays alone; a model without an input is not run here. */
const onArrays = (w: World, layer: LayerValue, call: Args): Value | undefined =>
  layer.model && !ends(layer)
    ? undefined
    : callOnArrays(w, layer, call, (symbolic) => callLayer(w, layer, symbolic));

/** What the outputs of a call are: a Sequential gives what its last layer gives. */
function endOf(layer: LayerValue): LayerValue {
  const last = layer.model?.class_name === "Sequential" ? layer.model.layers.at(-1) : undefined;
  return last ? endOf(last) : layer;
}

/** A merging layer takes a list, be it of one tensor. */
function refuseLone(w: World, { class_name }: LayerValue, { positional: [first], offset }: Args): void {
  if (layerTable.get(class_name)?.arity !== "many" || !first || !is(first.value, "tensor")) return;
  fail(w, offset, "python-call", `${class_name} is called on a tensor, not on a list of tensors.`, {
    expected: `for example ${class_name}()([a, b])`,
  });
}

/** What was probably meant instead of a tensor. */
function wayOut(w: World, v: Value): { hint?: string } {
  if (is(v, "layer")) return { hint: `Call it first: ${v.class_name}(…)(x).` };
  if (is(v, "builtin")) return { hint: didYouMean(v.name, w.globals.keys()) };
  return v === null ? { hint: "A function without return gives None." } : {};
}

function ownOutputs(layer: LayerValue, kwargs: Readonly<Record<string, NestOf<CallValue>>>): number {
  type Plain = Exclude<CallValue, object>;
  const isPlain = (v: NestOf<CallValue>): v is Plain => typeof v !== "object" || v === null;
  const plain = Object.entries(kwargs).filter((entry): entry is [string, Plain] => isPlain(entry[1]));
  return layer.model ? 1 : outputCount(layer.class_name, layer.config, Object.fromEntries(plain));
}

/** The outputs of a call in the form in which the model has its own; a list of one is that one. */
function shaped(outer: NestOf<TensorValue>, node: NodeValue): NestOf<TensorValue> {
  const order = flat(outer);
  const place = (nest: NestOf<TensorValue>): NestOf<TensorValue> => {
    if (Array.isArray(nest)) return (nest as readonly NestOf<TensorValue>[]).map(place);
    if ((nest as TensorValue).kind === "tensor") return node.outputs[order.indexOf(nest as TensorValue)];
    return Object.fromEntries(Object.entries(nest).map(([key, x]) => [key, place(x as NestOf<TensorValue>)]));
  };
  const whole = place(outer);
  return Array.isArray(whole) && whole.length === 1 ? (whole[0] as NestOf<TensorValue>) : whole;
}

const namedValues = (w: World, { keyword }: Args): Record<string, NestOf<CallValue>> =>
  Object.fromEntries([...keyword].map(([key, { value, offset }]) => [key, callValue(w, value, offset)]));

function callValue(w: World, v: Value, offset: number): NestOf<CallValue> {
  if (is(v, "tensor")) return v;
  if (is(v, "list", "tuple")) return v.items.map((item) => callValue(w, item, offset));
  if (is(v, "dict"))
    return Object.fromEntries([...v.entries].map(([key, x]) => [String(key), callValue(w, x, offset)]));
  if (is(v, "data") && v.shape) return literalOf(w, v, v.shape, offset);
  return plain(w, v, offset) as CallValue;
}
