import { int, nullable } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { defineLayer } from "../../layer.ts";
import { cellLayer } from "./cell.ts";
import { cellPenaltyOptions, implementation, units, weightOptions } from "./options.ts";
import { simpleRnnCell } from "./simple-rnn.ts";

export default defineLayer({
  name: "SimpleRNNCell",
  doc: "a step of SimpleRNN, for RNN",
  config: {
    units,
    activation: activation("tanh"),
    ...weightOptions,
    ...cellPenaltyOptions,
    seed: nullable(int(), { keras2_terse: true }),
    implementation,
  },
  seeds_first: true,
  ...cellLayer(simpleRnnCell),
});
