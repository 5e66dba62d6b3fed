import { biasOf } from "./bias.ts";
import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Misfit, OlderWords } from "../../layer.ts";
import type { SavedArray, SavedBy } from "../../saved-arrays.ts";
import type { Shape } from "../../tensor.ts";
import { adapted, loraDraws, merged, settledLora } from "../lora.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolve } from "./convolve.ts";
import { checkSteps, convolutionFields, type Wrong } from "./options.ts";
import { oneAxis, savedKernels, sizesFirst } from "./saved-kernels.ts";
import { sweepsOf, windowCount } from "./windows.ts";

type Options = Config<ReturnType<typeof convolutionFields>>;
interface Given {
  readonly kernel: Node;
  readonly bias: Node | undefined;
  readonly lora_kernel_a: Node | undefined;
  readonly lora_kernel_b: Node | undefined;
}

/** The input, its sizes not known, by the kernel. */
export const inputOf =
  (rank: number): NonNullable<OlderWords["input_of"]> =>
  ({ data_format, groups }, [kernel]) => {
    const sizes = Array.from({ length: rank }, () => null);
    const channels = kernel[rank] * Number(groups);
    return data_format === "channels_first" ? [channels, ...sizes] : [...sizes, channels];
  };

/** What Conv1D and Conv2D have in common. */
export const convolution = (rank: number) => ({
  config: convolutionFields(rank),
  builds: true as const,
  complete(c: Options, wrong: Wrong): Options {
    checkSteps(c, wrong);
    if (c.filters % c.groups) wrong("filters", `a multiple of the ${c.groups} groups`, String(c.filters));
    return settledLora(c, { constraint: "kernel_constraint", alpha: true }, wrong);
  },
  build_draws: (c: Options) => loraDraws(c, "kernel"),
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape, channels] = channelShape(c, rank, x, misfit);
    if (channels % c.groups) misfit(`channels in ${c.groups} equal groups`, `${channels} channels`);
    const sizes = sweepsOf(c).map((sweep, k) => windowCount(shape[k + 1], sweep, c.padding));
    return finishedShape(c, x, sizes, c.filters, misfit);
  },
  weights(c: Options, x: Shape) {
    const { whole, a, b } = adapted(c, "kernel", {
      shape: [...c.kernel_size, channelsOf(c, x) / c.groups, c.filters],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
      constraint: c.kernel_constraint,
    });
    return { kernel: whole, bias: biasOf(c, c.filters), lora_kernel_a: a, lora_kernel_b: b };
  },
  older_arrays: (
    next: readonly SavedArray[],
    c: Options,
    by: SavedBy,
    shapes: readonly (readonly number[])[],
  ) =>
    savedKernels(next, c, by, shapes, { rank, keras1: rank === 1 ? oneAxis(c.kernel_size[0]) : sizesFirst }),
  lower(b: Builder, c: Options, x: Node, w: Given): Node {
    const kernel = merged(b, c, { whole: w.kernel, a: w.lora_kernel_a, b: w.lora_kernel_b });
    const y = convolve(b, channelsLast(b, c, x), kernel, sweepsOf(c), c.padding, c.groups);
    return finish(b, c, y, w.bias);
  },
});
