import { activate } from "../../activate.ts";
import type { ActivationConfig } from "../../config.ts";
import { flag, int, keras1, nullable, type OlderKeras } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { releaseOf } from "../../fields/release.ts";
import type { Node } from "../../graph.ts";
import { defineLayer } from "../../layer.ts";
import { reshaped } from "../../saved-arrays.ts";
import {
  type CellOptions,
  lateOptions,
  penaltyOptions,
  sequenceOptions,
  units,
  use_cudnn,
  weightOptions,
} from "./options.ts";
import type { Cell } from "./cell.ts";
import { recurrent } from "./recurrent.ts";
import { gate } from "./step.ts";

interface Options extends CellOptions {
  readonly recurrent_activation: ActivationConfig;
  readonly reset_after: boolean;
}

/**
 * What a GRU was where its file does not say: Keras reset the state before its product until 2.4 and tf.keras until
 * TensorFlow 2. Both TensorFlow 1 and 2 had a Keras 2.2.4-tf.
 */
export function resetAfter(from: OlderKeras): boolean | undefined {
  const release = releaseOf(from);
  if (!release) return undefined;
  const since = Math.floor(release.number / 100);
  if (since === 202 && release.tensorflow) return undefined;
  return since >= (release.tensorflow ? 203 : 204);
}

export const gruCell: Cell<Options> = {
  name: "gru_cell",
  older: [{ name: "CuDNNGRU", means: { reset_after: true } }, { name: "UnifiedGRU" }, { name: "GRUV2" }],
  saved: { keras1: [0, 1, 2], fused: (bias, units) => reshaped(bias, [2, 3 * units]) },
  gates: 3,
  states: 1,
  bias: ({ units, reset_after, bias_initializer }) => ({
    shape: reset_after ? [2, 3 * units] : [3 * units],
    initializer: bias_initializer,
  }),
  biases(b, { reset_after }, bias) {
    if (!reset_after) return { input: bias };
    const [input, recurrent] = [0, 1].map((k) => b.reshape(b.slice(bias, 0, k, k + 1), [bias.shape[1]]));
    return { input, recurrent };
  },
  step(b, c, { z, states: [h], product, bias }) {
    const { units, reset_after, activation: act, recurrent_activation } = c;
    const own = product(h, 0, reset_after ? 3 : 2);
    const inner = bias ? b.add(own, bias) : own;
    const open = (k: number): Node =>
      activate(b, b.add(gate(b, z, k, units), gate(b, inner, k, units)), recurrent_activation);
    const [update, reset] = [open(0), open(1)];
    const shown = reset_after ? gate(b, inner, 2, units) : b.mul(reset, h);
    const past = reset_after ? b.mul(reset, shown) : product(shown, 2, 3);
    const fresh = activate(b, b.add(gate(b, z, 2, units), past), act);
    const next = b.add(b.mul(update, h), b.mul(b.sub(1, update), fresh));
    return { states: [next], kept: [update, reset, fresh, shown] };
  },
};

export default defineLayer({
  name: "GRU",
  doc: "z, r, g of xₜ · kernel and hₜ₋₁ · recurrent_kernel with bias, hₜ₋₁ · … or hₜ₋₁ reset by r in g; hₜ = z · hₜ₋₁ + (1 − z) · g",
  config: {
    units,
    activation: activation("tanh"),
    recurrent_activation: keras1("inner_activation", activation("sigmoid")),
    ...weightOptions,
    ...penaltyOptions,
    seed: nullable(int(), { keras2_terse: true }),
    ...sequenceOptions,
    reset_after: { ...flag(true), keras2_default: resetAfter },
    use_cudnn,
    ...lateOptions,
  },
  ...recurrent(gruCell),
});
