import type { Layer, Model, Weight } from "../../ir/model.ts";
import { modelInside } from "./inside.ts";

/** A layer that owns weights; nested models are gone through. */
export interface Owner {
  readonly layer: Layer;
  /** Layer names that lead here. */
  readonly path: string;
}

/** Every layer with weights once, in the model's order. */
export function owners(model: Model): readonly Owner[] {
  const seen = new Set<Weight>();
  const visit = (m: Model, path: string): Owner[] =>
    m.layers.flatMap((layer): Owner[] => {
      const here = path === "" ? layer.name : `${path}/${layer.name}`;
      const inner = layer.model ?? modelInside(layer);
      if (inner) return visit(inner, here);
      if (layer.weights.length === 0 || seen.has(layer.weights[0])) return [];
      for (const weight of layer.weights) seen.add(weight);
      return [{ layer, path: here }];
    });
  return visit(model, "");
}

/** The last part of a weight's name: "kernel". */
export const lastPart = (name: string): string => name.slice(name.lastIndexOf("/") + 1);

/** What Keras 2 and TensorFlow.js call a weight of which Keras 3 says only "kernel". */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ["DepthwiseConv1D/kernel", "depthwise_kernel"],
  ["DepthwiseConv2D/kernel", "depthwise_kernel"],
]);

/** The class of the layer that holds a weight: that inside of a TimeDistributed, else the layer's own. */
const holderOf = ({ class_name, config }: Layer): string =>
  class_name === "TimeDistributed"
    ? (config.layer as { readonly class_name: string }).class_name
    : class_name;

/** The last part of a weight's name there. */
export const leafOf = (layer: Layer, { name }: Weight): string =>
  OTHERS.get(`${holderOf(layer)}/${lastPart(name)}`) ?? lastPart(name);

/** The name that the two layers of a Bidirectional were made of. */
export const innerName = ({ name }: { readonly name: string }): string => name.replace(/^forward_/, "");

/**
 * How TensorFlow.js names a weight: by its layer, not by the models around that, and without the cell of a recurrent
 * layer; only the two layers of a Bidirectional stand in between.
 */
export function tfjsName(layer: Layer, weight: Weight): string {
  const leaf = leafOf(layer, weight);
  if (layer.class_name !== "Bidirectional") return `${layer.name}/${leaf}`;
  const side = /(^|\/)backward/.test(weight.holder ?? "") ? "backward" : "forward";
  return `${layer.name}/${side}_${innerName(layer.config.layer as { readonly name: string })}/${leaf}`;
}
