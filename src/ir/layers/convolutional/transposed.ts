import type { Builder } from "../../builder.ts";
import type { Config } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import type { Shape } from "../../tensor.ts";
import { channelsLast, channelShape, channelsOf, finish, finishedShape } from "./channels.ts";
import { convolveTransposed, transposedSize } from "./convolve.ts";
import { checkSteps, transposedFields, type Wrong } from "./options.ts";
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

/** What Conv1DTranspose and Conv2DTranspose have in common. */
export const transposed = (rank: number) => ({
  config: transposedFields(rank),
  builds: true as const,
  complete(c: Options, wrong: Wrong): Options {
    checkSteps(c, wrong);
    checkOutputPadding(c, wrong);
    return c;
  },
  output(c: Options, x: Shape, misfit: Misfit): Shape {
    const [shape] = channelShape(c, rank, x, misfit);
    const sizes = shape.slice(1, -1);
    const known = placed(
      c,
      sizes.map((d) => d ?? 1),
    );
    const given = sizes.map((d, k) => (d === null ? null : known[k].size));
    return finishedShape(c, x, given, c.filters, misfit);
  },
  weights: (c: Options, x: Shape) => ({
    kernel: {
      shape: [...c.kernel_size, c.filters, channelsOf(c, x)],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
    },
    bias: c.use_bias
      ? { shape: [c.filters], initializer: c.bias_initializer, regularizer: c.bias_regularizer }
      : undefined,
  }),
  lower(b: Builder, c: Options, x: Node, w: { kernel: Node; bias?: Node | undefined }): Node {
    const image = channelsLast(b, c, x);
    const places = placed(c, image.shape.slice(1, -1) as number[]);
    const sizes = places.map(({ size }) => size);
    const leads = places.map(({ lead }) => lead);
    return finish(b, c, convolveTransposed(b, image, w.kernel, sweepsOf(c), sizes, leads), w.bias);
  },
});
