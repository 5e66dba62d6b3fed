import type { ConstraintConfig, InitializerConfig, RegularizerConfig } from "../../config.ts";
import type { WeightSpec } from "../../layer.ts";

/** What decides on the bias of a convolution. */
interface Biased {
  readonly use_bias: boolean;
  readonly bias_initializer: InitializerConfig;
  readonly bias_regularizer: RegularizerConfig | null;
  readonly bias_constraint: ConstraintConfig | null;
}

/** The bias of this many channels, where there is one. */
export const biasOf = (c: Biased, channels: number): WeightSpec | undefined =>
  c.use_bias
    ? {
        shape: [channels],
        initializer: c.bias_initializer,
        regularizer: c.bias_regularizer,
        constraint: c.bias_constraint,
      }
    : undefined;
