import { maskOf, takesMask } from "../../ir/build.ts";
import type { MaskSite } from "../../ir/layer.ts";
import type { Args } from "./arguments.ts";
import { makeOperation } from "./tensor-operations.ts";
import type { NestOf } from "../../ir/spec.ts";
import {
  type CallValue,
  is,
  type LayerValue,
  type NodeValue,
  type TensorValue,
  type Value,
} from "./values.ts";
import type { World } from "./world.ts";

/** The mask of the only argument of a call, which Keras 3 then remembers as another one. */
export function passedMask(
  w: World,
  layer: LayerValue,
  { positional, keyword }: Args,
): TensorValue | undefined {
  const [first, ...rest] = positional;
  if (!first || rest.length || keyword.size || !is(first.value, "tensor")) return undefined;
  return layer.model || takesMask(layer.class_name) ? w.masks.get(first.value) : undefined;
}

/** Hangs the mask of a layer's output on it; what Keras 3 computes masks by are operations of the model. */
export function hangMask(w: World, layer: LayerValue, node: NodeValue, offset: number): void {
  if (layer.model || w.library.keras2) return;
  const x = tensorsOf(node.args[0] ?? null);
  const { mask } = node.kwargs;
  const given = tensorsOf(mask ?? null);
  const masks = given.length ? given : x.map((one) => w.masks.get(one));
  const make: MaskSite<TensorValue>["make"] = (operation, config, ...args) =>
    makeOperation(w, operation, config, args as readonly Value[], offset);
  const made = maskOf<TensorValue>(layer.class_name, layer.config, { x, masks, make });
  if (made) w.masks.set(node.outputs[0], made);
}

/** The tensors of an argument of a call. */
function tensorsOf(nest: NestOf<CallValue>): TensorValue[] {
  if (typeof nest !== "object" || nest === null) return [];
  if (Array.isArray(nest)) return (nest as readonly NestOf<CallValue>[]).flatMap(tensorsOf);
  return (nest as TensorValue).kind === "tensor" ? [nest as TensorValue] : [];
}
