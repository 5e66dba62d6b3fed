import type { ModelSpec } from "../../ir/spec.ts";
import { tensorShape } from "./tensor-shape.ts";
import type { LayerValue, TupleValue } from "./values.ts";
import type { World } from "./world.ts";

/** A Sequential that waits for its input, put together of layers of another model: Keras 3 knows their sizes from there. */
export function withCallsElsewhere(w: World, made: LayerValue, spec: ModelSpec): ModelSpec {
  const { class_name, tail, layers } = made.model!;
  if (class_name !== "Sequential" || tail || w.library.keras2) return spec;
  return { ...spec, layers: spec.layers.map((layer, i) => ({ ...layer, ...calledOn(w, layers[i]) })) };
}

function calledOn(w: World, { calls, model }: LayerValue): { called_on?: (number | null)[] } {
  const inputs = calls.at(-1)?.inputs ?? [];
  if (model || inputs.length !== 1) return {};
  const { items } = tensorShape(w, inputs[0], w.now.offset) as TupleValue;
  return { called_on: items.map((n) => (n === null ? null : Number(n))) };
}
