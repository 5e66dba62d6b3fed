import { ModelError, type Where } from "../../diagnostics.ts";
import type { ArrayLiteral } from "../../ir/spec.ts";
import { layerTable } from "../../ir/layers/index.ts";
import { numel } from "../../ir/tensor.ts";
import { fill } from "./array-shapes.ts";
import { nodeOf } from "./apply.ts";
import type { Args, Given } from "./arguments.ts";
import { unknownArray } from "./data.ts";
import { buildLayer } from "./draws.ts";
import { FROM_FILE } from "./layers.ts";
import { runData } from "./run-data.ts";
import { tensorShape } from "./tensor-shape.ts";
import {
  type DataValue,
  is,
  type LayerValue,
  listOf,
  type TensorValue,
  tuple,
  type TupleValue,
  type Value,
} from "./values.ts";
import { leaveUnread, opaque, where, type World } from "./world.ts";

/**
 * A layer called on arrays gives arrays at once: their shapes are known, their numbers depend on the layer's weights.
 * Undefined where the shape of an array is not known.
 */
export function callOnArrays(
  w: World,
  layer: LayerValue,
  args: Args,
  call: (args: Args) => Value,
): Value | undefined {
  const at = where(w, args.offset);
  let arrays = 0;
  let unknown = false;
  const symbolic = (v: Value): Value => {
    if (is(v, "list")) return listOf(v.items.map(symbolic));
    if (is(v, "tuple")) return tuple(v.items.map(symbolic));
    unknown ||= is(v, "opaque", "free", "dict") || (is(v, "data") && !v.shape);
    if (!is(v, "data") || !v.shape) return v;
    arrays++;
    return sourceOf(w, v.shape, at);
  };
  const of = (given: Given): Given => ({ ...given, value: symbolic(given.value) });
  const keyword = new Map([...args.keyword].map(([key, given]) => [key, of(given)]));
  const sources = { ...args, positional: args.positional.map(of), keyword };
  if (unknown || arrays === 0 || !(layer.model || layerTable.has(layer.class_name))) return undefined;
  if (!layer.model) buildLayer(w, layer);
  const { count } = w.tensors;
  const made = call(sources);
  if (count !== undefined) w.tensors.count = count;
  const answer = arraysOf(w, made, args.offset);
  // the model never sees this call
  layer.calls.pop();
  return answer;
}

function arraysOf(w: World, v: Value, offset: number): Value {
  if (is(v, "list")) return listOf(v.items.map((item) => arraysOf(w, item, offset)));
  if (is(v, "tuple")) return tuple(v.items.map((item) => arraysOf(w, item, offset)));
  if (!is(v, "tensor")) return v;
  const { items } = tensorShape(w, v, offset) as TupleValue;
  const made = unknownArray(w, { ...opaque(w), reason: "its numbers are made by a layer" });
  return items.includes(null) ? opaque(w) : fill(w, made, items.map(Number));
}

/** A tensor of this shape that no model begins with. */
export function sourceOf(w: World, batch_shape: readonly (number | null)[], at: Where): TensorValue {
  const id = ++w.meter.ids;
  const source: LayerValue = {
    ...{ kind: "layer", id, class_name: "InputLayer", name: `array_${id}`, auto_name: true },
    ...{ config: { batch_shape }, key_at: {}, trainable: true, trainable_set: false, calls: [], at },
  };
  return nodeOf(source, [], {}, [], 1, at).outputs[0];
}

/** An array as a constant of the model. */
export function literalOf(w: World, v: DataValue, shape: readonly number[], offset: number): ArrayLiteral {
  try {
    const known = runData({ steps: w.steps }, [v.step], notHere).get(v.step)!;
    return { kind: "array", shape: known.shape, dtype: known.dtype, data: [...(known.data as Float32Array)] };
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    leaveUnread(w, offset, "The numbers of this array are not known while the snippet is read.", FROM_FILE);
    return { kind: "array", shape, dtype: "float32", data: new Array<number>(numel(shape)).fill(0) };
  }
}
const notHere = (): never => {
  throw new ModelError({
    code: "python-unknown-value",
    message: "Data is not opened while a snippet is read.",
  });
};
