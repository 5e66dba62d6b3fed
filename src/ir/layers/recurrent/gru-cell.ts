import { flag, int, nullable } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { defineLayer } from "../../layer.ts";
import { cellLayer } from "./cell.ts";
import { gruCell, resetAfter } from "./gru.ts";
import { cellPenaltyOptions, implementation, units, weightOptions } from "./options.ts";

export default defineLayer({
  name: "GRUCell",
  doc: "a step of GRU, for RNN",
  config: {
    units,
    activation: activation("tanh"),
    recurrent_activation: activation("sigmoid"),
    ...weightOptions,
    ...cellPenaltyOptions,
    reset_after: { ...flag(true), keras2_default: resetAfter },
    seed: nullable(int(), { keras2_terse: true }),
    implementation,
  },
  ...cellLayer(gruCell),
});
