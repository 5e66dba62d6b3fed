import { int, nullable } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { defineLayer } from "../../layer.ts";
import { cellLayer } from "./cell.ts";
import { lstmCell, unit_forget_bias } from "./lstm.ts";
import { cellPenaltyOptions, implementation, units, weightOptions } from "./options.ts";

export default defineLayer({
  name: "LSTMCell",
  doc: "a step of LSTM, for RNN",
  config: {
    units,
    activation: activation("tanh"),
    recurrent_activation: activation("sigmoid"),
    ...weightOptions,
    unit_forget_bias,
    ...cellPenaltyOptions,
    seed: nullable(int(), { keras2_terse: true }),
    implementation,
  },
  ...cellLayer(lstmCell),
});
