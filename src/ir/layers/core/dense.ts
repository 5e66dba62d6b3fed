import { activate, activatedShape } from "../../activate.ts";
import { flag, int, unsupported } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { initializer } from "../../fields/initializer.ts";
import { regularizer } from "../../fields/regularizer.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape } from "../../tensor.ts";

export default defineLayer({
  name: "Dense",
  doc: "activation(x · kernel + bias), over the last axis",
  config: {
    units: int(undefined, { min: 1 }),
    activation: activation("linear"),
    use_bias: flag(true),
    kernel_initializer: initializer("GlorotUniform"),
    bias_initializer: initializer("Zeros"),
    kernel_regularizer: regularizer(),
    bias_regularizer: regularizer(),
    activity_regularizer: { ...regularizer(), terse: true },
    kernel_constraint: unsupported(null),
    bias_constraint: unsupported(null),
    lora_rank: unsupported(null, { since: "3.2" }),
    lora_alpha: unsupported(null, { since: "3.8" }),
    quantization_config: unsupported(null, { since: "3.13", keyword_only: true }),
  },
  supports_masking: true,
  leading_axes: (c) => typeof c.activation === "string",
  builds: true,
  output(c, x, misfit) {
    if (x.length < 2) misfit("at least 2 dimensions, the batch first", `shape ${formatShape(x)}`);
    if (x.at(-1) === null) misfit("a known last dimension", `shape ${formatShape(x)}`);
    return activatedShape(c.activation, [...x.slice(0, -1), c.units], misfit);
  },
  weights: (c, x) => ({
    kernel: {
      shape: [x.at(-1)!, c.units],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
    },
    bias: c.use_bias
      ? { shape: [c.units], initializer: c.bias_initializer, regularizer: c.bias_regularizer }
      : undefined,
  }),
  lower(b, c, x, w) {
    const y = b.matmul(x, w.kernel);
    return activate(b, w.bias ? b.add(y, w.bias) : y, c.activation);
  },
});
