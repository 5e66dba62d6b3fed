import { ModelError } from "../../../diagnostics.ts";
import { heldModel } from "../../build/network.ts";
import type { Builder } from "../../builder.ts";
import type { CallArguments } from "../../call-arguments.ts";
import { type LayerConfig, layerIn } from "../../fields/inner-layer.ts";
import type { Node } from "../../graph.ts";
import { releaseOf } from "../../fields/release.ts";
import { handsMasksOn, isSince } from "../../heeded-masks.ts";
import { type Extra, type InnerLayer, listOf, type Mask } from "../../layer.ts";
import { isSource, leaves, type Model, valueKey } from "../../model.ts";
import type { ModelSpec } from "../../spec.ts";

type Dated = Pick<Extra<CallArguments>, "older" | "fixed_batch">;

/** What a layer inside is asked for its mask with; how many axes count its samples and, for each wrapper, steps. */
interface Asked {
  readonly b: Builder;
  readonly extra: Extra<CallArguments>;
  readonly lead: number;
}
/** A tensor as far as it is known before anything ran. */
interface Seen {
  readonly x?: Node;
  readonly mask: Mask;
}

/**
 * The mask of what a TimeDistributed gives out. Keras 2 asks the layer inside, all steps being samples of one batch; where
 * that has none, a step counts of which anything counted. Keras 3, and Keras 2 until 2.1, hand on what came.
 */
export function distributedMask(inner: InnerLayer, seen: Seen, asked: Asked): Mask {
  const { older } = asked.extra;
  if (!older || !isSince(ASKS_INSIDE, older) || goesAround(asked.extra)) return seen.mask;
  return made(inner, seen, asked) ?? (seen.mask && anyOf(asked.b, seen.mask, asked.lead));
}

/** The release of Keras 2 from which on a TimeDistributed does with masks what the layer inside it does. */
export const ASKS_INSIDE = 20200;

/** Keras alone runs a loop over the steps of a batch of a known size, and gives the layer inside no mask. */
export const loopsOverSteps = ({ older, fixed_batch }: Dated): boolean => {
  const release = older && releaseOf(older);
  return fixed_batch === true && release?.tensorflow === false;
};

/** TensorFlow's until 2.1 does not either ask for masks then. */
const goesAround = (extra: Dated): boolean =>
  loopsOverSteps(extra) || (extra.fixed_batch === true && !isSince(20300, extra.older));

/** 1 where any is, along all axes but the first ones. */
function anyOf(b: Builder, mask: Node, lead: number): Node {
  const axes = mask.shape.map((_, k) => k).slice(lead);
  return axes.length > 0 ? b.reshape(b.max_of(mask, axes), mask.shape.slice(0, lead)) : mask;
}

/** The mask of what a layer inside gives out. */
function made(inner: InnerLayer, seen: Seen, asked: Asked): Mask {
  const { def, config } = inner;
  const { b, extra, lead } = asked;
  if (!handsMasksOn({ def, older: extra.older })) return undefined;
  if (def.name === "TimeDistributed")
    return distributedMask(layerIn(config.layer as LayerConfig), seen, { ...asked, lead: lead + 1 });
  if ("network" in config)
    return throughModel(heldModel(config.network as ModelSpec, extra.older), [seen], asked)[0].mask;
  if (def.home === "keras")
    return (config.layers as readonly LayerConfig[])
      .map(layerIn)
      .reduce((now: Seen, part) => ({ mask: made(part, now, asked) }), seen).mask;
  if (!def.mask || def.arity === "many") return seen.mask;
  if (!seen.x && (def.name === "Masking" || config.mask_zero === true)) throw unknown(inner);
  // others do not look at their input
  return listOf(def.mask(b, config, seen.x as Node, seen.mask, extra))[0];
}

/** The same through the calls of a model. */
function throughModel(model: Model, inputs: readonly Seen[], asked: Asked): readonly Seen[] {
  const all = new Map(leaves(model.inputs).map((value, k) => [valueKey(value), inputs[k]]));
  for (const { layer, inputs: given, outputs } of model.calls) {
    if (isSource(layer)) continue;
    const before = leaves(given).map((value) => all.get(valueKey(value))!);
    const after = layer.model
      ? throughModel(layer.model, before, asked)
      : [{ mask: madeOfSeveral({ ...layer, def: layer.def! }, before, asked) }];
    outputs.forEach((value, k) => all.set(valueKey(value), after[k] ?? { mask: undefined }));
  }
  return leaves(model.outputs).map((value) => all.get(valueKey(value))!);
}

function madeOfSeveral(inner: InnerLayer, before: readonly Seen[], asked: Asked): Mask {
  const { def, config } = inner;
  const masks = before.map(({ mask }) => mask);
  if (def.arity !== "many") return made(inner, before[0], asked);
  if (masks.every((mask) => mask === undefined)) return undefined;
  if (!def.joins_masks || !def.mask) throw unknown(inner);
  return listOf(def.mask(asked.b, config, [], masks, asked.extra))[0];
}

const unknown = ({ def, name }: InnerLayer): ModelError =>
  new ModelError({
    code: "unsupported-option",
    message: `${def.name} "${name}" inside of a TimeDistributed makes a mask that Keras 2 gives on.`,
    expected: "a model inside whose masks come with its input, or are made of that",
    received: `${def.name} behind other layers`,
  });
