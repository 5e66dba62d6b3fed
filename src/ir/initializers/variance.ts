import { ModelError } from "../../diagnostics.ts";
import { int, type Optional } from "../fields.ts";
import { defineInitializer, type InitializerDef, seed } from "../initializer.ts";
import { normal, truncatedNormal, type UniformBetween, uniformBetween } from "../random/draws.ts";
import { formatShape, numel } from "../tensor.ts";

export type Mode = "fan_in" | "fan_out" | "fan_avg";
export type Distribution = "uniform" | "truncated_normal" | "untruncated_normal";
type Axes = readonly number[] | null;

export interface Variance {
  readonly scale: number;
  readonly mode: Mode;
  readonly distribution: Distribution;
  readonly input_axes: Axes;
  readonly output_axes: Axes;
}

/** Deviation of a standard normal number cut off at ±2. */
const TRUNCATED_DEVIATION = 0.87962566103423978;

const axes: Optional<Axes> = {
  schema: {
    anyOf: [{ type: "null" }, { type: "array", items: int().schema }],
    description: "a list of axes or null",
  },
  default: null,
  since: "3.15",
};
/** Which axes of the weight count as inputs and outputs; as Keras does, both or neither are heeded. */
export const fanAxes = { input_axes: axes, output_axes: axes };

function product(shape: readonly number[], chosen: readonly number[]): number {
  return chosen.reduce((size, axis) => {
    const d = shape.at(axis);
    if (d !== undefined) return size * d;
    const message = `The weight has no axis ${axis}.`;
    throw new ModelError({
      code: "initializer-axis",
      message,
      received: `a weight of shape ${formatShape(shape)}`,
    });
  }, 1);
}

/** How many inputs feed one unit and how many units one input feeds; leading axes are a convolution's window. */
function fans(shape: readonly number[], { input_axes, output_axes }: Variance): [number, number] {
  if (input_axes && output_axes) return [product(shape, input_axes), product(shape, output_axes)];
  if (shape.length < 2) return [numel(shape), numel(shape)];
  const window = numel(shape.slice(0, -2));
  return [shape[shape.length - 2] * window, shape[shape.length - 1] * window];
}

/** Draws a weight whose variance is `scale` over its number of inputs, outputs, or their mean. */
export function drawVariance(
  c: Variance,
  shape: readonly number[],
  from: number,
  uniform: UniformBetween = uniformBetween,
): Float32Array {
  const [fan_in, fan_out] = fans(shape, c);
  const fan = { fan_in, fan_out, fan_avg: (fan_in + fan_out) / 2 }[c.mode];
  const variance = c.scale / Math.max(1, fan);
  const deviation = Math.sqrt(variance);
  const limit = Math.sqrt(3 * variance);
  const draws: Record<Distribution, () => Float32Array> = {
    uniform: () => uniform(numel(shape), -limit, limit, [from, 0]),
    truncated_normal: () => truncatedNormal(numel(shape), 0, deviation / TRUNCATED_DEVIATION, [from, 0]),
    untruncated_normal: () => normal(numel(shape), 0, deviation, [from, 0]),
  };
  return draws[c.distribution]();
}

const config = { seed, ...fanAxes };

/** One of the six of the family that have names of their own. */
export function fixedVariance(
  name: string,
  alias: string,
  doc: string,
  fixed: Pick<Variance, "scale" | "mode" | "distribution">,
): InitializerDef<typeof config> {
  return defineInitializer({
    ...{ name, aliases: [alias], doc, config },
    random: true,
    draw: (c, ...from) => drawVariance({ ...fixed, ...c }, ...from),
  });
}
