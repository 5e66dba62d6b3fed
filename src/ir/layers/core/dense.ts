import { activate, activatedShape } from "../../activate.ts";
import { flag, int, keras1, unsupported } from "../../fields.ts";
import { activation } from "../../fields/activation.ts";
import { constraint } from "../../fields/constraint.ts";
import { initializer } from "../../fields/initializer.ts";
import { regularizer } from "../../fields/regularizer.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape } from "../../tensor.ts";
import { adapted, loraDraws, loraFields, merged, settledLora } from "../lora.ts";

export default defineLayer({
  name: "Dense",
  doc: "activation(x · kernel + bias), over the last axis",
  config: {
    units: keras1("output_dim", int(undefined, { min: 1 })),
    activation: activation("linear"),
    use_bias: keras1("bias", flag(true)),
    kernel_initializer: keras1("init", initializer("GlorotUniform")),
    bias_initializer: initializer("Zeros"),
    kernel_regularizer: keras1("W_regularizer", regularizer()),
    bias_regularizer: keras1("b_regularizer", regularizer()),
    activity_regularizer: { ...regularizer(), terse: true },
    kernel_constraint: keras1("W_constraint", constraint()),
    bias_constraint: keras1("b_constraint", constraint()),
    ...loraFields({ since: "3.2" }, { since: "3.8" }),
    quantization_config: unsupported(null, { since: "3.13", keyword_only: true }),
  },
  older: {
    silent: ["input_length"],
    classes: [{ name: "TimeDistributedDense" }],
    input_of: (_c, [[inputs]]) => [inputs],
  },
  supports_masking: true,
  leading_axes: (c) => typeof c.activation === "string",
  builds: true,
  complete: (c, wrong) => settledLora(c, { constraint: "kernel_constraint", alpha: false }, wrong),
  build_draws: (c) => loraDraws(c, "kernel"),
  output(c, x, misfit) {
    if (x.length < 2) misfit("at least 2 dimensions, the batch first", `shape ${formatShape(x)}`);
    if (x.at(-1) === null) misfit("a known last dimension", `shape ${formatShape(x)}`);
    return activatedShape(c.activation, [...x.slice(0, -1), c.units], misfit);
  },
  weights(c, x) {
    const kernel = adapted(c, "kernel", {
      shape: [x.at(-1)!, c.units],
      initializer: c.kernel_initializer,
      regularizer: c.kernel_regularizer,
      constraint: c.kernel_constraint,
    });
    const bias = {
      shape: [c.units],
      initializer: c.bias_initializer,
      regularizer: c.bias_regularizer,
      constraint: c.bias_constraint,
    };
    return {
      kernel: kernel.whole,
      bias: c.use_bias ? bias : undefined,
      lora_kernel_a: kernel.a,
      lora_kernel_b: kernel.b,
    };
  },
  lower(b, c, x, w) {
    const y = b.matmul(x, merged(b, c, { whole: w.kernel, a: w.lora_kernel_a, b: w.lora_kernel_b }));
    return activate(b, w.bias ? b.add(y, w.bias) : y, c.activation);
  },
});
