import { defineActivation } from "../activation.ts";

/** `hard_sigmoid` until Keras 3 gave the name to a flatter line. */
export default defineActivation({
  name: "hard_sigmoid_keras2",
  doc: "min(max(0, 0.2 · x + 0.5), 1)",
  keras2: "hard_sigmoid",
  config: {},
  lower: (b, x) => b.clip(b.add(b.mul(x, 0.2), 0.5), 0, 1),
});
