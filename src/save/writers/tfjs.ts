import { defineWriter } from "../writer.ts";

/** The layers model of TensorFlow.js: `model.json`, and its weights in shards of 4 MiB. */
export const tfjs = defineWriter({
  name: "tfjs",
  endings: [],
  keras: ["2"],
  weights: true,
  async write(content) {
    const { tfjsFiles } = await import("../tfjs.ts");
    return tfjsFiles(content);
  },
});
