import { activate } from "../../activate.ts";
import type { ActivationConfig, InitializerConfig } from "../../config.ts";
import { flag, int, keras1, nullable, type Optional } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { initializer } from "../../fields/initializer.ts";
import { defineLayer } from "../../layer.ts";
import { parted } from "../../saved-arrays.ts";
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
  readonly unit_forget_bias: boolean;
}
const ones: InitializerConfig = initializer("Ones").default;

/** Keras 1 named the initializer of the forget gate's bias. */
const FORGETFUL: ReadonlyMap<unknown, boolean> = new Map([
  ["one", true],
  ["ones", true],
  ["zero", false],
  ["zeros", false],
]);
export const unit_forget_bias: Optional<boolean> = {
  ...keras1("forget_bias_init", flag(true)),
  keras2: (value) => FORGETFUL.get(value) ?? value,
};

export const lstmCell: Cell<Options> = {
  name: "lstm_cell",
  older: [
    {
      name: "CuDNNLSTM",
      note: "read as LSTM, with the sum of its two biases; it trained each of them, and its summary counts both.",
    },
    { name: "UnifiedLSTM" },
    { name: "LSTMV2" },
  ],
  saved: {
    keras1: [0, 2, 1, 3],
    fused: (bias, units) => {
      const [input, recurrent] = parted(bias, 2);
      return { shape: [4 * units], data: input.data.map((v, k) => v + recurrent.data[k]) };
    },
  },
  gates: 4,
  states: 2,
  bias({ units, bias_initializer, unit_forget_bias }) {
    const part = (gates: number, from = bias_initializer) => ({ shape: [gates * units], initializer: from });
    const pieces = [part(1), part(1, ones), part(2)];
    return { ...part(4), ...(unit_forget_bias && { pieces }) };
  },
  biases: (_b, _c, bias) => ({ input: bias }),
  step(b, c, { z, states: [h, carry], product }) {
    const sum = b.add(z, product(h, 0, 4));
    const open = (k: number) => activate(b, gate(b, sum, k, c.units), c.recurrent_activation);
    const [i, f, o] = [open(0), open(1), open(3)];
    const fresh = activate(b, gate(b, sum, 2, c.units), c.activation);
    const next = b.add(b.mul(f, carry), b.mul(i, fresh));
    const shown = activate(b, next, c.activation);
    return { states: [b.mul(o, shown), next], kept: [i, f, fresh, o, shown] };
  },
};

export default defineLayer({
  name: "LSTM",
  doc: "i, f, g, o of xₜ · kernel + hₜ₋₁ · recurrent_kernel + bias; cₜ = f · cₜ₋₁ + i · g; hₜ = o · activation(cₜ)",
  config: {
    units,
    activation: activation("tanh"),
    recurrent_activation: keras1("inner_activation", activation("sigmoid")),
    ...weightOptions,
    unit_forget_bias,
    ...penaltyOptions,
    seed: nullable(int(), { keras2_terse: true }),
    ...sequenceOptions,
    use_cudnn,
    ...lateOptions,
  },
  ...recurrent(lstmCell),
});
