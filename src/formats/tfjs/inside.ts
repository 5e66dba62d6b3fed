import { internal } from "../../diagnostics.ts";
import { heldModel } from "../../ir/build/network.ts";
import type { LayerConfig } from "../../ir/fields/inner-layer.ts";
import { type Layer, leaves, type Model, type Weight } from "../../ir/model.ts";
import type { LayerSpec, ModelSpec } from "../../ir/spec.ts";

/** The model that a TimeDistributed holds, which TensorFlow.js takes apart; its layers have the weights of the layer around them. */
export function modelInside({ class_name, config, calls, weights }: Layer): Model | undefined {
  const inner = config.layer as LayerConfig | undefined;
  if (class_name !== "TimeDistributed" || !inner || calls.length === 0) return undefined;
  const { model: spec } = layerSpec(inner);
  if (!spec) return undefined;
  const [batch, , ...step] = leaves(calls[0].inputs)[0].shape;
  const held = heldModel({ ...spec, build_input_shape: [batch, ...step] });
  const own = [...new Map(weightsIn(held).map((weight) => [weight.path, weight])).keys()];
  if (own.length !== weights.length) throw internal(`${inner.name} has other weights than what holds it`);
  return withWeights(held, new Map(own.map((path, k) => [path, weights[k]])));
}

const weightsIn = ({ layers }: Model): readonly Weight[] =>
  layers.flatMap((layer) => (layer.model ? weightsIn(layer.model) : layer.weights));

const withWeights = (model: Model, outer: ReadonlyMap<string, Weight>): Model => ({
  ...model,
  layers: model.layers.map((layer) =>
    layer.model
      ? { ...layer, model: withWeights(layer.model, outer) }
      : { ...layer, weights: layer.weights.map(({ path }) => outer.get(path)!) },
  ),
});

/** A layer that another one holds as one of a model: what it is within, there, is one layer. */
function layerSpec(one: LayerConfig): LayerSpec {
  const { layers, network } = one.config as { readonly layers?: LayerConfig[]; readonly network?: ModelSpec };
  const model = network ?? (one.class_name === "Sequential" && layers && sequential(one.name, layers));
  const common = { ...one, auto_name: false, calls: [], at: {} };
  return model ? { ...common, class_name: model.class_name, config: {}, model } : { ...common, whole: true };
}

const sequential = (name: string, layers: readonly LayerConfig[]): ModelSpec => ({
  class_name: "Sequential",
  name,
  auto_name: false,
  trainable: true,
  layers: layers.map(layerSpec),
  inputs: [],
  outputs: [],
  at: {},
});
