import { arraysOf } from "../content.ts";
import { defineWriter } from "../writer.ts";

/** Weights alone, and the optimizer's state, by the paths of Keras 3. */
export const weightsH5 = defineWriter({
  name: "weights.h5",
  endings: [".weights.h5"],
  keras: ["3", "2"],
  weights: true,
  async write(content) {
    const { writeWeightsH5 } = await import("../../formats/weights-h5.ts");
    return writeWeightsH5(arraysOf(content), content.spawn);
  },
});
