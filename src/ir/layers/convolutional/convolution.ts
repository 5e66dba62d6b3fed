import { biasOf } from "./bias.ts";
import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import type { SavedArray, SavedBy } from "../../saved-arrays.ts";
import type { Shape } from "../../tensor.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolve } from "./convolve.ts";
import { checkSteps, convolutionFields, type Wrong } from "./options.ts";
import { oneAxis, savedKernels, sizesFirst } from "./saved-kernels.ts";
import { sweepsOf, windowCount } from "./windows.ts";

type Options = Config<ReturnType<typeof convolutionFields>>;

/** What Conv1D and Conv2D have in common. */
export const convolution = (rank: number) => ({
  config: convolutionFields(rank),
  builds: true as const,
  complete(c: Options, wrong: Wrong): Options {
    checkSteps(c, wrong);
    if (c.filters % c.groups) wrong("filters", `a multiple of the ${c.groups} groups`, String(c.filters));
    return c;
  },
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape, channels] = channelShape(c, rank, x, misfit);
    if (channels % c.groups) misfit(`channels in ${c.groups} equal groups`, `${channels} channels`);
    const sizes = sweepsOf(c).map((sweep, k) => windowCount(shape[k + 1], sweep, c.padding));
    return finishedShape(c, x, sizes, c.filters, misfit);
  },
  weights: (c: Options, x: Shape) => ({
    kernel: {
      shape: [...c.kernel_size, channelsOf(c, x) / c.groups, c.filters],
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
  ) =>
    savedKernels(next, c, by, shapes, { rank, keras1: rank === 1 ? oneAxis(c.kernel_size[0]) : sizesFirst }),
  lower(b: Builder, c: Options, x: Node, w: { kernel: Node; bias?: Node | undefined }): Node {
    const y = convolve(b, channelsLast(b, c, x), w.kernel, sweepsOf(c), c.padding, c.groups);
    return finish(b, c, y, w.bias);
  },
});
