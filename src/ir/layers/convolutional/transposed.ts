import { biasOf } from "./bias.ts";
import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Raw } from "../../fields/read.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import type { SavedArray, SavedBy } from "../../saved-arrays.ts";
import type { Shape } from "../../tensor.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolveTransposed, transposedSize } from "./convolve.ts";
import { checkSteps, transposedFields, type Wrong } from "./options.ts";
import { backward, savedKernels } from "./saved-kernels.ts";
import { span, sweepsOf } from "./windows.ts";

type Options = Config<ReturnType<typeof transposedFields>>;

/** Size and lead along each axis of these sizes. */
const placed = (c: Options, sizes: readonly number[]): { size: number; lead: number }[] =>
  sweepsOf(c).map((sweep, k) => transposedSize(sizes[k], sweep, c.padding, c.output_padding?.[k] ?? null));

/** TensorFlow finds no convolution whose gradient this would be. */
function checkOutputPadding(c: Options, wrong: Wrong): void {
  const asked = c.output_padding;
  if (!asked) return;
  if (asked.some((more, k) => more >= c.strides[k]))
    wrong("output_padding", `less than strides ${JSON.stringify(c.strides)}`, JSON.stringify(asked));
  const even = sweepsOf(c).some((sweep, k) => span(sweep) % 2 === 0 && asked[k] === 0);
  if (c.padding === "same" && even)
    wrong("output_padding", "1 or more where the kernel is even and padding is same", JSON.stringify(asked));
}

/** Keras 1 was told how large the output is; where that is not the size it has by itself, `output_padding` makes it so. */
function settle({ output_shape, ...config }: Raw): Raw {
  const [kernel, strides] = [config.kernel_size, config.strides] as (readonly number[])[];
  if (!Array.isArray(output_shape) || !Array.isArray(kernel) || !Array.isArray(strides)) return config;
  const sizes: unknown[] =
    config.data_format === "channels_first" ? output_shape.slice(2) : output_shape.slice(1, -1);
  const wanted = sizes.map((size, k) =>
    missing(size as number, kernel[k], strides[k], config.padding === "same"),
  );
  return wanted.every(({ free }) => free)
    ? config
    : { ...config, output_padding: wanted.map(({ more }) => more) };
}

/** How many elements of an output of this size none but `output_padding` asks for, and whether it has that size without. */
function missing(size: number, taps: number, stride: number, same: boolean): { free: boolean; more: number } {
  const steps = Math.ceil((same ? size : size - taps + 1) / stride);
  const free = same ? steps * stride : steps * stride + Math.max(taps - stride, 0);
  const least = (steps - 1) * stride + taps - (same ? 2 * Math.floor(taps / 2) : 0);
  return { free: size === free, more: size - least };
}

/** What Conv1DTranspose and Conv2DTranspose have in common. */
export const transposed = (rank: number) => ({
  config: transposedFields(rank),
  builds: true as const,
  older: { settle },
  complete(c: Options, wrong: Wrong): Options {
    checkSteps(c, wrong);
    checkOutputPadding(c, wrong);
    return c;
  },
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape] = channelShape(c, rank, x, misfit);
    const sizes = shape.slice(1, -1);
    const least = sizes.map((d) => d ?? 1);
    const known = placed(c, least);
    const given = sizes.map((d, k) => (d === null ? null : known[k].size));
    return finishedShape(c, x, given, c.filters, misfit);
  },
  weights: (c: Options, x: Shape) => ({
    kernel: {
      shape: [...c.kernel_size, c.filters, channelsOf(c, x)],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
      constraint: c.kernel_constraint,
    },
    bias: biasOf(c, c.filters),
  }),
  older_arrays: (
    next: readonly SavedArray[],
    c: Options,
    by: SavedBy,
    shapes: readonly (readonly number[])[],
  ) => savedKernels(next, c, by, shapes, { rank, keras1: backward }),
  lower(b: Builder, c: Options, x: Node, w: { kernel: Node; bias?: Node | undefined }): Node {
    const image = channelsLast(b, c, x);
    const places = placed(c, image.shape.slice(1, -1) as number[]);
    const sizes = places.map(({ size }) => size);
    const leads = places.map(({ lead }) => lead);
    return finish(b, c, convolveTransposed(b, image, w.kernel, sweepsOf(c), sizes, leads), w.bias);
  },
});
