import { type Call, type Layer, type Model, valuesIn } from "../../ir/model.ts";
import type { LayerDef } from "../../ir/layer.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import { axisOf } from "../../ir/tensor.ts";
import { makesMask } from "./masks.ts";

/** Operations that a layer of the same name does, too, where their operands are tensors alone. */
const MERGES: ReadonlySet<string> = new Set(["Add", "Multiply", "Maximum", "Minimum", "Concatenate"]);

/**
 * The model with layers in the place of operators on tensors (`x + y`), of which TensorFlow.js has none. Layers hand
 * masks on, operators do not: a model that has masks stays as it is.
 */
export const withMergeLayers = (model: Model): Model => (hasMasks(model) ? model : merged(model));

const hasMasks = ({ layers }: Model): boolean =>
  layers.some(({ model, class_name, config }) => (model ? hasMasks(model) : makesMask(class_name, config)));

function merged(model: Model): Model {
  const layers = model.layers.map((layer) => {
    if (layer.model) return { ...layer, model: merged(layer.model) };
    const def = mergeFor(layer);
    return def ? mergeLayer(layer, def) : layer;
  });
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const calls = model.calls.map((call) => callOf(call, byName.get(call.layer.name)!));
  return { ...model, layers, calls };
}

/** The layer that does what an operation does in all its calls. */
function mergeFor({ class_name, def, calls }: Layer): LayerDef | undefined {
  if (def?.module === undefined || !MERGES.has(class_name) || !calls.every(isMerge)) return undefined;
  return layerTable.get(class_name);
}

/** Whether its operands are tensors that layers combine as operators do: they have one rank, and a batch each. */
function isMerge({ layer, args }: Call): boolean {
  const operands = Object.values(args).flatMap((passed) => [passed].flat());
  const tensors = operands.flatMap((passed) => valuesIn(passed));
  const [{ shape, dtype } = { shape: [], dtype: "" }] = tensors;
  const alike = tensors.every(
    (x) => x.shape.length === shape.length && x.dtype === dtype && x.shape[0] === null,
  );
  const whole = layer.class_name !== "Concatenate" || axisOf(layer.config.axis as number, shape.length) > 0;
  return tensors.length === operands.length && tensors.length > 1 && shape.length > 1 && alike && whole;
}

function mergeLayer(layer: Layer, def: LayerDef): Layer {
  const defaults = Object.entries(fieldsOf(def)).map(([key, { default: value }]) => [key, value] as const);
  const config = { ...Object.fromEntries(defaults), ...layer.config };
  const made = { ...layer, def, config };
  return { ...made, calls: layer.calls.map((call) => callOf(call, made)) };
}

/** The call with its operands as the layer's list of inputs. */
function callOf(call: Call, layer: Layer): Call {
  if (layer.def === call.layer.def) return { ...call, layer };
  const inputs = Object.values(call.args).flatMap((passed) => valuesIn(passed));
  return { ...call, layer, inputs, args: {}, positional: 1 };
}
