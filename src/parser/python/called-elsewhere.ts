import type { ModelSpec } from "../../ir/spec.ts";
import { tensorShape } from "./tensor-shape.ts";
import type { LayerValue, TensorValue, TupleValue } from "./values.ts";
import type { World } from "./world.ts";

/**
 * A Sequential that waits for its input, put together of layers of another model: Keras 3 knows their sizes from there.
 * One that was called on a tensor has the input of that shape.
 */
export function withCallsElsewhere(w: World, made: LayerValue, spec: ModelSpec): ModelSpec {
  const { class_name, tail, layers, input_name: name } = made.model!;
  if (class_name !== "Sequential" || tail) return spec;
  const called = name === undefined ? undefined : made.calls[0]?.inputs[0];
  if (name !== undefined && called) {
    const config = { batch_shape: sizesOf(w, called) };
    const input = { class_name: "InputLayer", name, auto_name: true, config, calls: [], at: made.at };
    const { input_name: _, ...rest } = spec;
    return { ...rest, layers: [input, ...spec.layers] };
  }
  if (w.library.keras2) return spec;
  return { ...spec, layers: spec.layers.map((layer, i) => ({ ...layer, ...calledOn(w, layers[i]) })) };
}

function calledOn(w: World, { calls, model }: LayerValue): { called_on?: (number | null)[] } {
  const inputs = calls.at(-1)?.inputs ?? [];
  if (model || inputs.length !== 1) return {};
  return { called_on: sizesOf(w, inputs[0]) };
}

function sizesOf(w: World, tensor: TensorValue): (number | null)[] {
  const { items } = tensorShape(w, tensor, w.now.offset) as TupleValue;
  return items.map((n) => (n === null ? null : Number(n)));
}
