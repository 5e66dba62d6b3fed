import { writeWeightsH5 } from "../../formats/weights-h5.ts";
import { arraysOf } from "../content.ts";
import { defineWriter } from "../writer.ts";

/** Weights alone, and the optimizer's state, by the paths of Keras 3. */
export const weightsH5 = defineWriter({
  name: "weights.h5",
  endings: [".weights.h5"],
  keras: ["3", "2"],
  weights: true,
  write: (content) => writeWeightsH5(arraysOf(content), content.spawn),
});
