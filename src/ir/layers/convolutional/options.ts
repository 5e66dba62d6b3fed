import { flag, int, keras1, nullable, type Optional } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { constraint } from "../../fields/constraint.ts";
import { dataFormat } from "../../fields/data-format.ts";
import { initializer } from "../../fields/initializer.ts";
import { perAxis } from "../../fields/per-axis.ts";
import { word } from "../../fields/word.ts";
import { regularizer } from "../../fields/regularizer.ts";
import { loraFields } from "../lora.ts";
import type { Padding } from "./windows.ts";

export type Wrong = (key: string, expected: string, received: string) => void;

/** Files of Keras 2 carry options that these layers have no use for: whatever they say there means nothing. */
const unused = <const T extends number | null>(value: T): Optional<T> => ({
  schema: { const: value, description: `${value} (nothing else has a meaning)` },
  default: value,
  keras2: () => value,
  terse: true,
  keyword_only: true,
});

const ends = { activation: activation("linear"), use_bias: keras1("bias", flag(true)) };
/** What Keras 1 called an option of a convolution along one axis, and along two. */
const named = <F extends { readonly schema: object }>(
  rank: number,
  one: string,
  two: string | readonly string[],
  field: F,
): F => keras1(rank === 1 ? one : two, field);
const around = (rank: number, steps: Steps = { floats: true }) => ({
  data_format: dataFormat(),
  dilation_rate: keras1("atrous_rate", { ...perAxis(rank, 1), ...steps }),
});
const swept = (rank: number, steps: Steps = { floats: true }) => ({
  kernel_size: named(rank, "filter_length", ["nb_row", "nb_col"], perAxis(rank, undefined)),
  strides: named(rank, "subsample_length", "subsample", { ...perAxis(rank, 1), ...steps }),
});
/** How strides and dilations are taken: the size of a transposed convolution is made of them. */
type Steps = { readonly floats?: true };
const filters = keras1("nb_filter", int(undefined, { min: 1, numpy: true }));
const multiplier = { depth_multiplier: int(1, { min: 1, numpy: true }) };
const plain = keras1("border_mode", word(["valid", "same"], "valid"));
const withKernel = {
  ...ends,
  kernel_initializer: keras1("init", initializer("GlorotUniform")),
  bias_initializer: initializer("Zeros"),
  kernel_regularizer: keras1("W_regularizer", regularizer()),
  bias_regularizer: keras1("b_regularizer", regularizer()),
  activity_regularizer: regularizer(),
  kernel_constraint: keras1("W_constraint", constraint()),
  bias_constraint: keras1("b_constraint", constraint()),
};

/** Options of Conv1D and Conv2D. */
export const convolutionFields = (rank: number) => ({
  filters,
  ...swept(rank),
  padding: keras1(
    "border_mode",
    rank === 1
      ? word<Padding>(["valid", "same", "causal"], "valid")
      : word<Padding>(["valid", "same"], "valid"),
  ),
  ...around(rank),
  groups: int(1, { min: 1, keras2_terse: true, numpy: true }),
  ...withKernel,
  ...loraFields({ terse: true, keyword_only: true }),
});

/** Options of the transposed convolutions. */
export const transposedFields = (rank: number) => ({
  filters,
  ...swept(rank, {}),
  padding: plain,
  output_padding: nullable(perAxis(rank, undefined, 0), {
    since: "3.15",
    keras2_key: "output_padding",
    keras2_terse: true,
  }),
  ...around(rank, {}),
  ...withKernel,
  groups: unused(1),
});

/** Options of the depthwise convolutions. */
export const depthwiseFields = (rank: number) => ({
  ...swept(rank),
  padding: plain,
  ...multiplier,
  ...around(rank),
  ...ends,
  depthwise_initializer: initializer("GlorotUniform"),
  bias_initializer: initializer("Zeros"),
  depthwise_regularizer: regularizer(),
  bias_regularizer: regularizer(),
  activity_regularizer: regularizer(),
  depthwise_constraint: constraint(),
  bias_constraint: constraint(),
  groups: unused(1),
});

/** Options of the separable convolutions. */
export const separableFields = (rank: number) => ({
  filters,
  ...swept(rank),
  padding: plain,
  ...around(rank),
  ...multiplier,
  ...ends,
  depthwise_initializer: keras1("init", initializer("GlorotUniform")),
  pointwise_initializer: keras1("init", initializer("GlorotUniform")),
  bias_initializer: initializer("Zeros"),
  depthwise_regularizer: regularizer(),
  pointwise_regularizer: regularizer(),
  bias_regularizer: keras1("b_regularizer", regularizer()),
  activity_regularizer: regularizer(),
  depthwise_constraint: constraint(),
  pointwise_constraint: constraint(),
  bias_constraint: keras1("b_constraint", constraint()),
  groups: unused(1),
  kernel_initializer: unused(null),
  kernel_regularizer: unused(null),
  kernel_constraint: unused(null),
});

/** Keras refuses to skip elements between windows and within them at once. */
export function checkSteps(
  c: { readonly strides: readonly number[]; readonly dilation_rate: readonly number[] },
  wrong: Wrong,
): void {
  if (Math.max(...c.strides) > 1 && Math.max(...c.dilation_rate) > 1)
    wrong(
      "dilation_rate",
      "either strides or dilation_rate above 1",
      `strides ${JSON.stringify(c.strides)}, dilation_rate ${JSON.stringify(c.dilation_rate)}`,
    );
}
