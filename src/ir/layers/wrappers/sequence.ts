import type { Builder } from "../../builder.ts";
import { type CallArguments, tensor } from "../../call-arguments.ts";
import type { RegularizerConfig } from "../../config.ts";
import { innerLayers, type LayerConfig, layerIn } from "../../fields/inner-layer.ts";
import type { Node } from "../../graph.ts";
import { handsMasksOn, heedsMasks } from "../../heeded-masks.ts";
import { defineLayer, type Extra, listOf, type Mask, shapesIn } from "../../layer.ts";
import { snakeCase, uniqueNames } from "../../names.ts";
import type { Shape } from "../../tensor.ts";
import { type Inside, innerWeights, noArguments, notOnOneTensor, outerWeights, penalises } from "./inner.ts";

interface Options {
  readonly layers: readonly LayerConfig[];
}

/** The layers with their paths in Keras's weight files, which are counted by class. */
function partsOf({ layers }: Options): readonly (readonly [string, Inside])[] {
  const names = uniqueNames(layers.map(({ class_name }) => snakeCase(class_name)));
  return layers.map((layer, k) => [`layers/${names[k]}`, layerIn(layer) as Inside]);
}

const call = { mask: tensor } as const;

/** One layer on what came out before it, and the mask of what it makes. */
function step(
  b: Builder,
  [path, part]: readonly [string, Inside],
  [x, mask]: readonly [Node, Mask],
  w: Readonly<Record<string, Node | undefined>>,
  extra: Extra<typeof call>,
): readonly [Node, Mask] {
  const { def, config } = part;
  const dated = { def, older: extra.older };
  const own: Extra<CallArguments> = {
    ...(def.seed?.(config) !== undefined && { seed: extra.part_seed(path) }),
    ...(extra.older && { older: extra.older }),
    part_seed: (below) => extra.part_seed(`${path}/${below}`),
    remembered: (below) => extra.remembered(below ? `${path}/${below}` : path),
    penalise: extra.penalise,
    masks: [mask],
    args: {
      ...noArguments<Node>(part),
      ...(def.call && "mask" in def.call && heedsMasks(dated) && { mask }),
    },
  };
  const [y] = listOf(def.lower(b, config, x, innerWeights(part, w), own));
  const regularizer = config.activity_regularizer as RegularizerConfig | null | undefined;
  if (regularizer) extra.penalise(regularizer, y);
  if (!handsMasksOn(dated)) return [y, undefined];
  return [y, def.mask ? listOf(def.mask(b, config, x, mask, own))[0] : mask];
}

/** A Sequential inside another layer: its layers one after the other, as one layer. */
export const sequence = defineLayer({
  name: "Sequential",
  home: "keras",
  doc: "layers one after the other",
  config: { layers: innerLayers() },
  ignored: ["build_input_shape"],
  call,
  supports_masking: true,
  builds: true,
  complete(c, wrong) {
    for (const [, part] of partsOf(c)) {
      const why = notOnOneTensor(part);
      if (why) wrong("layers", "layers that are called on one tensor", why);
    }
    const names = c.layers.map(({ name }) => name);
    if (new Set(names).size < names.length) wrong("layers", "layers of different names", names.join(", "));
    return c;
  },
  parts: (c) => Object.fromEntries(partsOf(c)),
  leading_axes: (c) => partsOf(c).every(([, { def, config }]) => def.leading_axes?.(config)),
  penalises: (c) => c.layers.map(layerIn).some(penalises),
  output(c, x, misfit) {
    return partsOf(c).reduce((shape: Shape, [, part]) => {
      const [y, ...others] = shapesIn(part.def.output(part.config, shape, misfit, noArguments(part)));
      return others.length
        ? misfit("layers with one output", `${1 + others.length} outputs of ${part.def.name}`)
        : y;
    }, x);
  },
  weights(c, x): ReturnType<typeof outerWeights> {
    let shape = x;
    const all = partsOf(c).map(([path, part]) => {
      const own = outerWeights(part, path, part.def.weights?.(part.config, shape, noArguments(part)) ?? {});
      [shape] = shapesIn(part.def.output(part.config, shape, fits, noArguments(part)));
      return own;
    });
    return Object.assign({}, ...all) as ReturnType<typeof outerWeights>;
  },
  lower(b, c, x, w, extra) {
    const first: readonly [Node, Mask] = [x, extra.args.mask ?? extra.masks[0]];
    return partsOf(c).reduce((now, part) => step(b, part, now, w, extra), first)[0];
  },
});

/** `output` has seen these shapes already. */
const fits = (expected: string, received: string): never => {
  throw new TypeError(`${expected}, not ${received}`);
};
