import { biasOf } from "./bias.ts";
import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import type { SavedArray, SavedBy } from "../../saved-arrays.ts";
import type { Shape } from "../../tensor.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolveDepthwise } from "./convolve.ts";
import { depthwiseFields } from "./options.ts";
import { savedKernels, sizesFirst } from "./saved-kernels.ts";
import { sweepsOf, windowCount } from "./windows.ts";

type Options = Config<ReturnType<typeof depthwiseFields>>;

/** What DepthwiseConv1D and DepthwiseConv2D have in common. */
export const depthwise = (rank: number) => ({
  config: depthwiseFields(rank),
  builds: true as const,
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape, channels] = channelShape(c, rank, x, misfit);
    const sizes = sweepsOf(c).map((sweep, k) => windowCount(shape[k + 1], sweep, c.padding));
    return finishedShape(c, x, sizes, channels * c.depth_multiplier, misfit);
  },
  weights: (c: Options, x: Shape) => ({
    kernel: {
      shape: [...c.kernel_size, channelsOf(c, x), c.depth_multiplier],
      initializer: c.depthwise_initializer,
      regularizer: c.depthwise_regularizer,
      constraint: c.depthwise_constraint,
    },
    bias: biasOf(c, channelsOf(c, x) * c.depth_multiplier),
  }),
  older_arrays: (
    next: readonly SavedArray[],
    c: Options,
    by: SavedBy,
    shapes: readonly (readonly number[])[],
  ) => savedKernels(next, c, by, shapes, { rank, keras1: sizesFirst }),
  lower(b: Builder, c: Options, x: Node, w: { kernel: Node; bias?: Node | undefined }): Node {
    const y = convolveDepthwise(b, channelsLast(b, c, x), w.kernel, sweepsOf(c), c.padding);
    return finish(b, c, y, w.bias);
  },
});
