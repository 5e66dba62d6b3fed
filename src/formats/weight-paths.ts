import type { Generation } from "../ir/fields.ts";
import { type Layer, type Model, objectOf, type Weight } from "../ir/model.ts";
import { adaptedIn, type AdaptedWeight } from "./adapted.ts";

/** A saveable object of Keras 3 and where its own variables lie: `<path>/vars/<i>`. */
export interface WeightGroup {
  /** Without slashes at the ends; empty for the outermost model. */
  readonly path: string;
  /** Name of the layer or model. */
  readonly name: string;
  /** Path of layer names, for messages. */
  readonly layer: string;
  readonly weights: readonly Weight[];
  /** Those of them that stand for their factors, too, which have no place of their own. */
  readonly adapted: readonly AdaptedWeight[];
}

/** Keras's rule: `BatchNormalization` → `batch_normalization`, `Conv2D` → `conv2d`, `PReLU` → `p_re_lu`. */
export const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

const classOf = (layer: Layer): string => layer.model?.class_name ?? layer.class_name;

/** The layers that Keras lists: a Sequential hides its InputLayer, and functions are none. */
export const listedLayers = (model: Model): readonly Layer[] =>
  model.layers.filter(
    (layer) =>
      layer.def?.module === undefined &&
      !(model.class_name === "Sequential" && classOf(layer) === "InputLayer"),
  );

/**
 * Every layer and model once, in the order and under the path that Keras 3 gives it. Names count occurrences of
 * the class in the container; an object met a second time is left out, but its name is used up.
 */
export function weightGroups(model: Model, keras: Generation = "3"): WeightGroup[] {
  const seen = new Set<Layer>();
  const inside = (m: Model, path: string, names: string): WeightGroup[] => {
    const used = new Map<string, number>();
    return listedLayers(m).flatMap((layer) => {
      const name = snakeCase(classOf(layer));
      const count = used.get(name) ?? 0;
      used.set(name, count + 1);
      const object = objectOf(layer);
      if (seen.has(object)) return [];
      seen.add(object);
      const here = join(path, `layers/${count ? `${name}_${count}` : name}`);
      const layer_path = join(names, layer.name);
      const own = ownGroups(layer, here, layer_path, keras);
      return layer.model ? [...own, ...inside(layer.model, here, layer_path)] : own;
    });
  };
  return [
    { path: "", name: model.name, layer: model.name, weights: [], adapted: [] },
    ...inside(model, "", ""),
  ];
}

/** The variables of a layer itself, then those of each of its parts, named as the part is. */
function ownGroups(layer: Layer, path: string, layer_path: string, keras: Generation): WeightGroup[] {
  const adapted = adaptedIn(layer.weights);
  const factors = new Set(adapted.flatMap((one) => one.factors));
  const of = (holder: string | undefined): Pick<WeightGroup, "weights" | "adapted"> => ({
    weights: inVariableOrder(layer.weights.filter((w) => w.holder === holder && !factors.has(w))),
    adapted: adapted.filter(({ weight }) => weight.holder === holder),
  });
  const holders = [...new Set(layer.weights.map((weight) => weight.holder))].filter(
    (one) => one !== undefined,
  );
  return [
    { path, name: layer.name, layer: layer_path, ...of(undefined) },
    ...holders.map((holder) => {
      const own = of(holder);
      const name = own.weights[0].name.split("/").at(-2) ?? layer.name;
      const hidden = keras === "2" && layer.def?.hides_parts ? `_${holder}` : holder;
      return { path: join(path, hidden), name, layer: layer_path, ...own };
    }),
  ];
}

const join = (a: string, b: string): string => (a === "" ? b : `${a}/${b}`);

/** Keras keeps variables that were made trainable and others of a layer apart, in order of creation. */
const inVariableOrder = (weights: readonly Weight[]): readonly Weight[] => [
  ...weights.filter((w) => w.trainable || w.adapted),
  ...weights.filter((w) => !w.trainable && !w.adapted),
];

/** Path of a group's variable number `i`. */
export const variablePath = (group: Pick<WeightGroup, "path">, i: number): string =>
  join(group.path, `vars/${i}`);
