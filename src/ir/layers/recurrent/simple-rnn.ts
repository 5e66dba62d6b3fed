import { activate } from "../../activate.ts";
import { int, nullable } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { defineLayer } from "../../layer.ts";
import type { Cell } from "./cell.ts";
import {
  type CellOptions,
  lateOptions,
  penaltyOptions,
  sequenceOptions,
  units,
  weightOptions,
} from "./options.ts";
import { recurrent } from "./recurrent.ts";

export const simpleRnnCell: Cell<CellOptions> = {
  name: "simple_rnn_cell",
  saved: { keras1: [0] },
  gates: 1,
  states: 1,
  bias: (c) => ({ shape: [c.units], initializer: c.bias_initializer }),
  biases: (_b, _c, bias) => ({ input: bias }),
  step(b, c, { z, states: [h], product }) {
    const next = activate(b, b.add(z, product(h, 0, 1)), c.activation);
    return { states: [next], kept: [next] };
  },
};

export default defineLayer({
  name: "SimpleRNN",
  doc: "hₜ = activation(xₜ · kernel + hₜ₋₁ · recurrent_kernel + bias)",
  config: {
    units,
    activation: activation("tanh"),
    ...weightOptions,
    ...penaltyOptions,
    ...sequenceOptions,
    seed: { ...nullable(int()), terse: true },
    ...lateOptions,
  },
  seeds_first: true,
  ...recurrent(simpleRnnCell),
});
