import type { Builder } from "./builder.ts";
import type { Bound, CallArguments } from "./call-arguments.ts";
import type { Node } from "./graph.ts";
import { type Extra, type LayerDef, listOf, type Mask } from "./layer.ts";
import { handsMasksOn, heedsMasks } from "./heeded-masks.ts";
import { type Call, inputName, type Passed, type Value, valuesIn } from "./model.ts";

/**
 * A tensor while its model is lowered. Keras hangs the mask on the tensor object: a layer that gives its input out
 * unchanged gives out the object, and who takes the mask off it takes it off for every later user.
 */
export interface Held {
  readonly node: Node;
  readonly mask: { now: Mask };
}
export const held = (node: Node): Held => ({ node, mask: { now: undefined } });

/** A layer's call with its tensors, and the layer's arguments with theirs. */
export interface MaskedCall {
  readonly def: LayerDef;
  readonly call: Call;
  readonly ins: readonly Held[];
  readonly heldOf: (value: Value) => Held;
}

/**
 * The arguments with the masks that nobody gave: `mask` of the only tensor argument, else `<name>_mask` of each. Keras 2
 * gives the first argument's mask as `mask`, whatever else a layer is called on.
 */
export function withMasks(
  { def, call, ins, heldOf }: MaskedCall,
  args: Bound<CallArguments, Node>,
): Bound<CallArguments, Node> {
  if (!heedsMasks(call.layer)) return args;
  const masksOf = (passed: Passed): Mask => heldOf(valuesIn(passed)[0]).mask.now;
  const given = Object.entries(call.args).filter(([, passed]) => valuesIn(passed).length > 0);
  const own = ins.map((x) => x.mask.now);
  const first = def.arity === "many" ? (own.some((mask) => mask) ? own : undefined) : own.at(0);
  const alone: [string, Mask][] = given.length === 0 || call.layer.older ? [["mask", first as Mask]] : [];
  const beside: [string, Mask][] = given.map(([key, passed]) => [`${key}_mask`, masksOf(passed)]);
  if (given.length > 0) beside.unshift([`${inputName({ def })}_mask`, first as Mask]);
  const wanted = [...alone, ...beside].filter(
    ([key]) => Object.hasOwn(def.call ?? {}, key) && args[key] === undefined,
  );
  return { ...args, ...Object.fromEntries(wanted) } as Bound<CallArguments, Node>;
}

/** The tensors that a layer gave out, each with its mask. */
export function maskedOutputs(
  b: Builder,
  one: MaskedCall,
  outs: readonly Node[],
  extra: Extra<CallArguments>,
): Held[] {
  const { def, call, ins, heldOf } = one;
  if (def.strips_masks && !call.layer.older)
    for (const x of [...ins, ...Object.values(call.args).flatMap(valuesIn).map(heldOf)])
      x.mask.now = undefined;
  const shared = handsMasksOn(call.layer) ? ins : [];
  const outputs = outs.map((node) => shared.find((x) => x.node === node) ?? held(node));
  if (!handsMasksOn(call.layer)) return outputs;
  const masks = outputMasks(b, def, call, ins, extra);
  outputs.forEach((output, k) => (output.mask.now ??= masks[k]));
  return outputs;
}

function outputMasks(
  b: Builder,
  def: LayerDef,
  { layer }: Call,
  ins: readonly Held[],
  extra: Extra<CallArguments>,
): readonly Mask[] {
  const given = extra.args.mask as Mask | readonly Mask[];
  const nodes = ins.map((x) => x.node);
  if (def.arity === "many") {
    const masks = given ? listOf(given) : extra.masks;
    return def.mask ? listOf(def.mask(b, layer.config, nodes, masks, extra)) : masks;
  }
  const mask = (given as Mask) ?? extra.masks.at(0);
  return def.mask ? listOf(def.mask(b, layer.config, nodes[0], mask, extra)) : [mask];
}
