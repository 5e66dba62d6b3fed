import { heldModel } from "../ir/build/network.ts";
import type { Model } from "../ir/model.ts";
import type { ModelSpec } from "../ir/spec.ts";
import { isRecord, type Json } from "./keras-reading.ts";

/** A config with each object in it for which `made` has another. */
export function replaced(value: unknown, made: (object: Json) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => replaced(part, made));
  if (!isRecord(value)) return value;
  const other = made(value);
  if (other !== undefined) return other;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaced(part, made)]));
}

/** A model inside a layer as that layer's option holds it. */
export const heldObject = (network: ModelSpec): Json => ({
  class_name: "Functional",
  config: { name: network.name, trainable: network.trainable, network },
});

/** What a layer's fields write, with models in it as `object` writes models. */
export const withModels = (config: Json, object: (model: Model) => Json): Json =>
  replaced(config, ({ class_name, config: inside }) =>
    class_name === "Functional" && isRecord(inside) && "network" in inside
      ? object({ ...heldModel(inside.network as ModelSpec), name: inside.name as string })
      : undefined,
  ) as Json;

/** The models among a layer's options, in the order in which they stand there. */
export function modelsIn(config: Json): ModelSpec[] {
  const found: ModelSpec[] = [];
  replaced(config, ({ class_name, config: inside }) => {
    if (class_name !== "Functional" || !isRecord(inside) || !("network" in inside)) return undefined;
    found.push(inside.network as ModelSpec);
    return {};
  });
  return found;
}
