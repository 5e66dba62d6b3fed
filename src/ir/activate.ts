import type { Builder } from "./builder.ts";
import type { ActivationConfig } from "./config.ts";
import { activationOf } from "./fields/activation.ts";
import type { Node } from "./graph.ts";
import type { Misfit } from "./layer.ts";
import type { Shape } from "./tensor.ts";

/** An activation applied to a node. */
export function activate(b: Builder, x: Node, activation: ActivationConfig): Node {
  const { def, config } = activationOf(activation);
  const y = def.lower(b, x, config);
  // what textbooks call a, the argument of the activation
  if (y !== x) b.label(x, `${b.from.layer}_a`);
  return y;
}

/** The shape after an activation; only a few change it. */
export function activatedShape(activation: ActivationConfig, x: Shape, misfit: Misfit): Shape {
  const { def, config } = activationOf(activation);
  return def.output ? def.output(config, x, misfit) : x;
}
