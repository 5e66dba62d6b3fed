import { biasOf } from "./bias.ts";
import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import type { SavedArray, SavedBy } from "../../saved-arrays.ts";
import type { Shape } from "../../tensor.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolve, convolveDepthwise } from "./convolve.ts";
import { separableFields } from "./options.ts";
import { savedKernels, sizesFirst } from "./saved-kernels.ts";
import { sweepsOf, windowCount } from "./windows.ts";

type Options = Config<ReturnType<typeof separableFields>>;

/** What SeparableConv1D and SeparableConv2D have in common. */
export const separable = (rank: number) => ({
  config: separableFields(rank),
  builds: true as const,
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape] = channelShape(c, rank, x, misfit);
    const sizes = sweepsOf(c).map((sweep, k) => windowCount(shape[k + 1], sweep, c.padding));
    return finishedShape(c, x, sizes, c.filters, misfit);
  },
  weights: (c: Options, x: Shape) => ({
    depthwise_kernel: {
      shape: [...c.kernel_size, channelsOf(c, x), c.depth_multiplier],
      initializer: c.depthwise_initializer,
      regularizer: c.depthwise_regularizer,
      constraint: c.depthwise_constraint,
    },
    pointwise_kernel: {
      shape: [...c.kernel_size.map(() => 1), channelsOf(c, x) * c.depth_multiplier, c.filters],
      initializer: c.pointwise_initializer,
      regularizer: c.pointwise_regularizer,
      constraint: c.pointwise_constraint,
    },
    bias: biasOf(c, c.filters),
  }),
  older_arrays: (
    next: readonly SavedArray[],
    c: Options,
    by: SavedBy,
    shapes: readonly (readonly number[])[],
  ) => savedKernels(next, c, by, shapes, { rank, kernels: 2, keras1: sizesFirst }),
  lower(
    b: Builder,
    c: Options,
    x: Node,
    w: { depthwise_kernel: Node; pointwise_kernel: Node; bias?: Node | undefined },
  ): Node {
    const each = convolveDepthwise(b, channelsLast(b, c, x), w.depthwise_kernel, sweepsOf(c), c.padding);
    const alone = c.kernel_size.map(() => ({ taps: 1, stride: 1, dilation: 1 }));
    return finish(b, c, convolve(b, each, w.pointwise_kernel, alone, "valid"), w.bias);
  },
});
