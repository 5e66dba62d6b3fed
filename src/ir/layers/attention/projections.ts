import type { ConstraintConfig, InitializerConfig, RegularizerConfig } from "../../config.ts";
import type { WeightSpec } from "../../layer.ts";
import type { Shape } from "../../tensor.ts";

/** What decides on the weights of the projections. */
export interface Projections {
  readonly num_heads: number;
  readonly use_bias: boolean;
  readonly kernel_initializer: InitializerConfig;
  readonly kernel_regularizer: RegularizerConfig | null;
  readonly kernel_constraint: ConstraintConfig | null;
  readonly bias_initializer: InitializerConfig;
  readonly bias_regularizer: RegularizerConfig | null;
  readonly bias_constraint: ConstraintConfig | null;
}
/** Kernel and perhaps bias of one projection. */
export interface Projection {
  readonly kernel: WeightSpec;
  readonly bias: WeightSpec | undefined;
}

/** From the features of x to every head. */
export const intoHeads = (c: Projections, holder: string, x: Shape, depth: number): Projection =>
  projection(c, holder, [x.at(-1)!, c.num_heads, depth], 1);

/** From all heads to the output. */
export const outOfHeads = (
  c: Projections,
  holder: string,
  depth: number,
  out: readonly number[],
): Projection => projection(c, holder, [c.num_heads, depth, ...out], 2);

function projection(c: Projections, holder: string, shape: readonly number[], inputs: number): Projection {
  const initializer = fanned(c.kernel_initializer, inputs, shape.length);
  const bias = {
    holder,
    shape: shape.slice(inputs),
    initializer: c.bias_initializer,
    regularizer: c.bias_regularizer,
    constraint: c.bias_constraint,
  };
  return {
    kernel: {
      holder,
      shape,
      initializer,
      regularizer: c.kernel_regularizer,
      constraint: c.kernel_constraint,
    },
    bias: c.use_bias ? bias : undefined,
  };
}

/** An initializer that counts inputs and outputs is told which axes are which, unless it was. */
function fanned(initializer: InitializerConfig, inputs: number, rank: number): InitializerConfig {
  const { class_name, config } = initializer;
  const counts = Object.hasOwn(config, "input_axes") && Object.hasOwn(config, "output_axes");
  if (!counts || (config.input_axes !== null && config.output_axes !== null)) return initializer;
  const axes = Array.from({ length: rank }, (_, k) => k);
  return {
    class_name,
    config: { ...config, input_axes: axes.slice(0, inputs), output_axes: axes.slice(inputs) },
  };
}
