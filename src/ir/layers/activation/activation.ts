import { activate, activatedShape } from "../../activate.ts";
import { activation } from "../../fields/activation.ts";
import { defineLayer } from "../../layer.ts";

export default defineLayer({
  name: "Activation",
  doc: "activation(x)",
  config: { activation: activation() },
  supports_masking: true,
  hands_on: true,
  leading_axes: (c) => typeof c.activation === "string",
  output: (c, x, misfit) => activatedShape(c.activation, x, misfit),
  lower: (b, c, x) => activate(b, x, c.activation),
});
