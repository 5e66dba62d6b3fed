import type { ModelSpec } from "../../ir/spec.ts";
import { nodeOf } from "./apply.ts";
import { sourceOf } from "./eager.ts";
import { tensorShape } from "./tensor-shape.ts";
import type { LayerValue, TensorValue, TupleValue } from "./values.ts";
import type { World } from "./world.ts";

/**
 * A Sequential that waits for its input, put together of layers of another model: Keras 3 knows their sizes from there.
 * One that was called on a tensor, or that something holds which was, has the input of that shape.
 */
export function withCallsElsewhere(w: World, made: LayerValue, spec: ModelSpec): ModelSpec {
  const { class_name, tail, layers, input_name: name } = made.model!;
  if (class_name !== "Sequential" || tail) return spec;
  const batch_shape = name === undefined ? undefined : firstSizes(w, made);
  if (name !== undefined && batch_shape) {
    const input = { class_name: "InputLayer", name, auto_name: true, config: { batch_shape }, calls: [] };
    const { input_name: _, ...rest } = spec;
    return { ...rest, layers: [{ ...input, at: made.at }, ...spec.layers] };
  }
  if (w.library.keras2) return spec;
  return { ...spec, layers: spec.layers.map((layer, i) => ({ ...layer, ...calledOn(w, layers[i]) })) };
}

type Sizes = readonly (number | null)[];

/** The shape on which a layer was called first, be it by what holds it; undefined where nobody knows. */
function firstSizes(w: World, layer: LayerValue): Sizes | undefined {
  const holder = w.within.get(layer);
  const called = layer.calls[0]?.inputs[0];
  if (holder === undefined) return called && sizesOf(w, called);
  const sizes = firstSizes(w, holder);
  if (sizes === undefined) return undefined;
  if (holder.model) return sizesBefore(w, holder.model.layers, layer, sizes);
  // a TimeDistributed gives what it holds one step after the other
  return [w.library.keras2 ? null : sizes[0], ...sizes.slice(2)];
}

/** What the layers of a Sequential that come before one make of an input. */
function sizesBefore(w: World, layers: readonly LayerValue[], layer: LayerValue, sizes: Sizes): Sizes {
  let value = sourceOf(w, sizes, layer.at);
  for (const before of layers.slice(0, layers.indexOf(layer)))
    value = nodeOf({ ...before, calls: [] }, [value], {}, [value], 1, before.at).outputs[0];
  return sizesOf(w, value);
}

function calledOn(w: World, { calls, model }: LayerValue): { called_on?: Sizes } {
  const inputs = calls.at(-1)?.inputs ?? [];
  if (model || inputs.length !== 1) return {};
  return { called_on: sizesOf(w, inputs[0]) };
}

function sizesOf(w: World, tensor: TensorValue): Sizes {
  const { items } = tensorShape(w, tensor, w.now.offset) as TupleValue;
  return items.map((n) => (n === null ? null : Number(n)));
}
