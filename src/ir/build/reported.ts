import type { Bound, CallArguments } from "../call-arguments.ts";
import type { ActivationConfig } from "../config.ts";
import { activationOf } from "../fields/activation.ts";
import { type LayerDef, listOf, shapesIn } from "../layer.ts";
import type { Value } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { outputShapes } from "./call.ts";
import { misfit } from "./site.ts";

type Config = Readonly<Record<string, unknown>>;

/** What Keras 3 says of the shapes that a layer gives out. */
export function reportedShapes(
  def: LayerDef,
  config: Config,
  x: Shape | readonly Shape[],
  args: Bound<CallArguments, Shape>,
): readonly Shape[] {
  if (def.says) return shapesIn(def.says(config, args, misfit));
  const outputs = outputShapes(def, unseen(config), x, args);
  const shapes = (def.arity === "many" ? x : [x]) as readonly Shape[];
  return def.reports?.(config, outputs, shapes, args) ?? outputs;
}

/** Keras's shape rules do not see what an activation does to the shape. */
function unseen(config: Config): Config {
  const { activation } = config;
  if (activation === undefined || activation === null) return config;
  return activationOf(activation as ActivationConfig).def.output
    ? { ...config, activation: "linear" }
    : config;
}

/** Whether any of these values is said to have another shape. */
export const anyReported = (values: readonly Value[]): boolean =>
  values.some((value) => value.reported !== undefined);

/** A shape that differs from the true one; undefined where none does. */
export const differing = (reported: Shape | undefined, shape: Shape): { readonly reported?: Shape } =>
  reported && `${listOf(reported)}` !== `${shape}` ? { reported } : {};
