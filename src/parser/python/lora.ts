import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import { type Args, bindKnown, type Given } from "./arguments.ts";
import { describe, type LayerValue, type Value } from "./values.ts";
import { drawSeed, fail, type World } from "./world.ts";

/** Whether a layer has `enable_lora`. */
export const takesLora = (w: World, { class_name }: LayerValue): boolean =>
  !w.library.keras2 && Object.hasOwn(fieldsOf(layerTable.get(class_name) ?? { config: {} }), "lora_rank");

/** `layer.enable_lora(rank)`: what the option lora_rank does when the layer is built, at this moment. */
export function enableLora(w: World, layer: LayerValue, args: Args): null {
  const names = ["rank", "lora_alpha", "a_initializer", "b_initializer"];
  const bound = bindKnown(w, "enable_lora", names, args);
  const rank = bound.get("rank");
  if (!rank) return fail(w, args.offset, "python-arguments", "enable_lora() needs a rank.");
  if (layer.calls.length === 0) refuse(w, args, "Cannot enable lora on a layer that isn't yet built.");
  if (layer.config.lora_rank)
    refuse(w, args, "lora is already enabled. This can only be done once per layer.");
  if (typeof rank.value !== "bigint" || rank.value < 1n)
    wrong(w, rank, "The rank of enable_lora must be a whole number.", "1 or more");
  onlyDefault(w, bound.get("a_initializer"), "a_initializer", "he_uniform");
  onlyDefault(w, bound.get("b_initializer"), "b_initializer", "zeros");
  const alpha = bound.get("lora_alpha");
  const scale = alpha && alpha.value !== null ? alphaOf(w, layer, alpha, rank.value) : Number(rank.value);
  Object.assign(layer.config, { lora_rank: Number(rank.value), lora_alpha: scale });
  layer.draws?.push(drawSeed(w)!);
  return null;
}

const refuse = (w: World, { offset }: Args, message: string): never =>
  fail(w, offset, "python-value", message, { hint: "Keras says so, too." });
const wrong = (w: World, { value, offset }: Given, message: string, expected: string): never =>
  fail(w, offset, "python-value", message, { expected, received: describe(value) });

const isNumber = (value: Value): value is bigint | number =>
  typeof value === "bigint" || typeof value === "number";

/** Dense and Embedding scale by it, too, but no file of theirs remembers it. */
function alphaOf(w: World, { class_name }: LayerValue, given: Given, rank: Value): number {
  const { value, offset } = given;
  if (!isNumber(value)) return wrong(w, given, "lora_alpha must be a number.", "a number, or None");
  if (/^Conv/.test(class_name) || Number(value) === Number(rank)) return Number(value);
  return fail(
    w,
    offset,
    "python-unsupported",
    `A lora_alpha of ${class_name} other than the rank is not read.`,
    {
      hint: `Keras itself loses it when the model is saved; a lora_alpha given to ${class_name}(…) does nothing.`,
    },
  );
}

function onlyDefault(w: World, given: Given | undefined, name: string, usual: string): void {
  if (!given || given.value === usual) return;
  wrong(w, given, `Another ${name} of enable_lora is not read.`, JSON.stringify(usual));
}
