import { ModelError, type Where } from "../../diagnostics.ts";
import type { ArrayLiteral } from "../../ir/spec.ts";
import { numel } from "../../ir/tensor.ts";
import { fill } from "./array-shapes.ts";
import { nodeOf } from "./apply.ts";
import { unknownArray } from "./data.ts";
import { FROM_FILE } from "./layers.ts";
import { runData } from "./run-data.ts";
import { tensorShape } from "./tensor-shape.ts";
import type { DataValue, LayerValue, TensorValue, TupleValue } from "./values.ts";
import { leaveUnread, opaque, where, type World } from "./world.ts";

/** A layer called on an array gives one at once: its shape is known, its numbers depend on the layer's weights. */
export function callOnArray(
  w: World,
  layer: LayerValue,
  shape: readonly number[],
  offset: number,
): DataValue {
  const at = where(w, offset);
  const given = sourceOf(w, shape, at);
  const node = nodeOf(layer, [given], {}, [given], 1, at);
  const { items } = tensorShape(w, node.outputs[0], offset) as TupleValue;
  // the model never sees this call
  layer.calls.pop();
  return fill(
    w,
    unknownArray(w, { ...opaque(w), reason: "its numbers are made by a layer" }),
    items.map(Number),
  );
}

/** A tensor of this shape that no model begins with. */
export function sourceOf(w: World, batch_shape: readonly (number | null)[], at: Where): TensorValue {
  const source: LayerValue = {
    ...{ kind: "layer", id: ++w.meter.ids, class_name: "InputLayer", name: "array", auto_name: true },
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
