import type { Diagnostic } from "../../../diagnostics.ts";
import { heldModel } from "../../build/network.ts";
import { shapesThrough } from "../../build/shapes.ts";
import { tensor } from "../../call-arguments.ts";
import { network } from "../../fields/network.ts";
import type { Node } from "../../graph.ts";
import { defineLayer, type InnerLayer } from "../../layer.ts";
import { lowerModel } from "../../lower.ts";
import { held } from "../../masks.ts";
import { trainsWeights } from "../../frozen-parts.ts";
import { type Layer, leaves, type Model, objectOf } from "../../model.ts";
import { snakeCase } from "../../names.ts";
import type { LayerSpec, ModelSpec } from "../../spec.ts";
import { innerTable } from "../index.ts";
import { originOf, type outerWeights, penalises } from "./inner.ts";

/** What a model and its spec have in common: their layers, in one order. */
interface Listed<L> {
  readonly class_name: string;
  readonly layers: readonly L[];
}
interface Entry<L> {
  readonly class_name: string;
  readonly model?: Listed<L>;
}

/** The layers that are no models with their paths in Keras's weight files, which are counted by class. */
function placesIn<L extends Entry<L>>(
  { class_name, layers }: Listed<L>,
  path = "",
): (readonly [L, string])[] {
  const used = new Map<string, number>();
  return layers.flatMap((layer) => {
    const def = innerTable.get(layer.class_name);
    const name = snakeCase(layer.model?.class_name ?? def?.name ?? layer.class_name);
    const hidden = name === "input_layer" && class_name === "Sequential";
    if (hidden || def?.module !== undefined) return [];
    const count = used.get(name) ?? 0;
    used.set(name, count + 1);
    const here = `${path}layers/${count ? `${name}_${count}` : name}`;
    return layer.model ? placesIn(layer.model, `${here}/`) : [[layer, here] as const];
  });
}

/** A layer of the model as its holder knows it. */
const innerOf = ({ class_name, name, config, draws, id }: LayerSpec): InnerLayer => ({
  def: innerTable.get(class_name)!,
  name,
  config,
  ...(draws && { draws }),
  ...(id !== undefined && { id }),
});

function partsOf(spec: ModelSpec): (readonly [string, InnerLayer])[] {
  const seen = new Set<number>();
  return placesIn<LayerSpec>(spec).flatMap(([layer, path]) => {
    if (layer.id !== undefined && seen.has(layer.id)) return [];
    if (layer.id !== undefined) seen.add(layer.id);
    return [[path, innerOf(layer)] as const];
  });
}

/** The paths of a model's layer objects. */
const pathsOf = (model: Model): ReadonlyMap<Layer, string> =>
  new Map(placesIn<Layer>(model).map(([layer, path]) => [objectOf(layer), path]));

/** A Functional inside another layer: a model with one input, as one layer. */
export const functional = defineLayer({
  name: "Functional",
  home: "keras",
  doc: "layers in any order",
  config: { network: network() },
  call: { mask: tensor },
  supports_masking: true,
  builds: true,
  complete(c, wrong) {
    const problems: Diagnostic[] = [];
    const { inputs } = heldModel(c.network, undefined, problems);
    for (const { message, expected = message, received = "another" } of problems)
      wrong("layers", expected, received);
    const count = problems.length ? 1 : leaves(inputs).length;
    if (count !== 1) wrong("layers", "a model with one input", `${count} inputs`);
    return c;
  },
  parts: (c) => Object.fromEntries(partsOf(c.network)),
  leading_axes: ({ network }) =>
    network.class_name === "Sequential" &&
    partsOf(network).every(([, { config, def }]) => def.leading_axes?.(config) ?? def.name === "InputLayer"),
  penalises: (c) => partsOf(c.network).some(([, part]) => penalises(part)),
  output: (c, x, misfit) => shapesThrough(heldModel(c.network), [x], misfit),
  weights(c): ReturnType<typeof outerWeights> {
    const model = heldModel(c.network);
    const ids = new Map(partsOf(c.network).map(([path, { id }]) => [path, id]));
    const all = [...pathsOf(model)].map(([layer, path]) => {
      const own = layer.weights.map((weight) => {
        const { path: key, holder, trainable } = weight;
        const origin = originOf(ids.get(path), weight.name);
        const inside = holder === undefined ? path : `${path}/${holder}`;
        return [
          key,
          {
            ...weight,
            path: key,
            holder: inside,
            trainable: trainable && trainsWeights(layer),
            ...(origin && { origin }),
          },
        ];
      });
      return Object.fromEntries(own);
    });
    return Object.assign({}, ...all) as ReturnType<typeof outerWeights>;
  },
  lower(b, c, x, w, extra): readonly Node[] {
    const model = heldModel(c.network, extra.older);
    const paths = pathsOf(model);
    const below = (layer: Layer, part?: string): string =>
      part ? `${paths.get(layer)}/${part}` : paths.get(layer)!;
    const first = held(x);
    first.mask.now = extra.args.mask ?? extra.masks[0];
    const weights = w as Readonly<Record<string, Node>>;
    const outputs = lowerModel(b, model, [first], {
      variable: (weight) => b.variableOf(weights[weight.path]),
      weight: (weight) => weights[weight.path],
      seed: (layer, part) => extra.part_seed(below(layer, part)),
      remembered: (layer, part) => extra.remembered(below(layer, part)),
      penalise: extra.penalise,
      path: "",
    });
    return outputs.map(({ node }) => node);
  },
});
