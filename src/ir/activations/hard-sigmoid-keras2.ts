import { defineActivation } from "../activation.ts";

/** `hard_sigmoid` until Keras 3 gave the name to a flatter line. */
export default defineActivation({
  name: "hard_sigmoid_keras2",
  doc: "min(max(0, 0.2 · x + 0.5), 1)",
  keras2: "hard_sigmoid",
  only: "2",
  steps: [
    { class_name: "Rescaling", config: { scale: 0.2, offset: 0.5 } },
    { class_name: "ReLU", config: { max_value: 1, negative_slope: 0, threshold: 0 } },
  ],
  config: {},
  lower: (b, x) => b.clip(b.add(b.mul(x, 0.2), 0.5), 0, 1),
});
