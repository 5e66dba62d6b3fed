import { mismatch, take, type Match } from "./join-weights.ts";
import type { Diagnostic } from "../diagnostics.ts";
import type { Layer, Model } from "../ir/model.ts";
import { formatShape } from "../ir/tensor.ts";
import { layerArrays, type LayerArrays, type Origin, originOf } from "./legacy-arrays.ts";
import { ownersIn } from "./legacy-order.ts";
import { hasWeights, type Pair, pairedByOrder, savedLayers } from "./legacy-pairs.ts";
import type { LegacyFile, LegacyLayer } from "./model-file.ts";
import { listedLayers } from "./weight-paths.ts";

/** Matches top-level layers that have weights, by order or by name. */
export function joinLegacy(model: Model, file: LegacyFile, match: Match): void {
  const origin = originOf(file);
  const pairs = match.options.by_name ? byName(model, file, match) : byOrder(model, file, match);
  const turned = pairs.filter(([layer, saved]) => joinLayer(layer, saved, origin, match));
  if (origin.assumed && turned.length > 0) match.notes.push(ASSUMED);
  for (const { name } of turned.map(([layer]) => layer).filter(padsOtherwise))
    match.notes.push({ message: PADDED, at: { path: name } });
}

/** On Theano "same" puts half a kernel before the first element; on TensorFlow as much as is needed, less before than after. */
function padsOtherwise(layer: Layer): boolean {
  return [...ownersIn(layer).values()].some(({ config: { padding, kernel_size, strides } }) => {
    return padding === "same" && (isEven(kernel_size) || isMoreThanOne(strides));
  });
}
const some = (value: unknown, test: (size: number) => boolean): boolean =>
  [value].flat().some((size) => typeof size === "number" && test(size));
const isEven = (sizes: unknown): boolean => some(sizes, (size) => size % 2 === 0);
const isMoreThanOne = (strides: unknown): boolean => some(strides, (stride) => stride > 1);

const PADDED =
  "Theano pads otherwise for padding='same' with an even kernel or a stride: the layer computes as Keras on TensorFlow does with these weights, which is not what it computed on Theano.";

const ASSUMED = {
  message:
    "The file does not say which backend its Keras 1 ran on, but its weights are not named as TensorFlow's are: the kernels of convolutions were turned, as those of Theano have to be.",
};

function byOrder(model: Model, file: LegacyFile, match: Match): readonly Pair[] {
  const pairs = pairedByOrder(model, file);
  if (pairs) return pairs;
  match.problems.push(
    model.built ? layerCount(listedLayers(model).filter(hasWeights), savedLayers(file)) : unbuilt(model),
  );
  return [];
}

/** Layers without a partner are left alone on both sides, as Keras does, but not in silence. */
function byName(model: Model, file: LegacyFile, match: Match): readonly Pair[] {
  const saved = new Map(file.weights.map((layer) => [layer.name, layer]));
  return listedLayers(model).flatMap((layer): readonly Pair[] => {
    const partner = saved.get(layer.name);
    if (partner) return [[layer, partner]];
    if (hasWeights(layer)) {
      match.notes.push({
        message: "The file has no layer of this name; it keeps its weights.",
        at: { path: layer.name },
      });
    }
    return [];
  });
}

/** Whether kernels were turned. */
function joinLayer(layer: Layer, saved: LegacyLayer, origin: Origin, match: Match): boolean {
  const found = layerArrays(layer, saved, origin);
  if (found.weights.length === found.arrays.length) take(match, found.weights, found.arrays);
  else mismatch(match, weightCount(layer, saved, found));
  return found.turned;
}

/** TensorFlow 2.0 and older could save a Sequential without the shape that it was built for. */
const unbuilt = ({ at }: Model): Diagnostic => ({
  code: "not-built",
  message: "The file does not say the shape of the model's input, so its layers have no weights yet.",
  at,
  expected: "an input layer, or a first layer with batch_input_shape",
  hint: "Give the first layer a batch_input_shape in the model's JSON, and this file as its weights (weights, or --load-weights).",
});

const layerCount = (layers: readonly Layer[], saved: readonly LegacyLayer[]): Diagnostic => ({
  code: "layer-count",
  message: "The file was saved from a model with another number of layers that have weights.",
  expected: `${layers.length} (${layers.map((l) => l.name).join(", ")})`,
  received: `${saved.length} (${saved.map((l) => l.name).join(", ")})`,
  hint: "Load by name (by_name) if only some layers are meant.",
});

const weightCount = (layer: Layer, saved: LegacyLayer, { weights }: LayerArrays): Diagnostic => ({
  code: "weight-count",
  message: `Layer ${layer.name} has another number of weights in the file, where it is named ${saved.name}.`,
  at: { path: layer.name },
  expected: weights.map((w) => `${w.name} ${formatShape(w.shape)}`).join(", ") || "none",
  received: saved.weights.map((w) => `${w.name} ${formatShape(w.shape)}`).join(", ") || "none",
});
