import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const tensor = (shape: readonly (number | null)[]) => ({
  class_name: "__keras_tensor__",
  config: { shape, dtype: "float32", keras_history: ["x", 0, 0] },
});
const x = tensor([null, 4, 3]);
const config = {
  module: "keras.src.models.functional",
  class_name: "Functional",
  config: {
    name: "m",
    trainable: true,
    layers: [
      {
        module: "keras.layers",
        class_name: "InputLayer",
        config: { name: "x", batch_shape: [null, 4, 3] },
        name: "x",
        inbound_nodes: [],
      },
      {
        module: "keras.layers",
        class_name: "MultiHeadAttention",
        config: { name: "mha", num_heads: 2, key_dim: 2 },
        name: "mha",
        inbound_nodes: [{ args: [x, x], kwargs: { query_mask: null, value_mask: null } }],
      },
    ],
    input_layers: [["x", 0, 0]],
    output_layers: [["mha", 0, 0]],
  },
};

test("arguments that Keras 2 does not have are left out of its files where they say nothing", async () => {
  const model = await loadModel(JSON.stringify(config), { engine: "interpret" });
  const text = new TextDecoder().decode(await model.toBytes("json", { keras: "2" }));
  expect(text).toContain("MultiHeadAttention");
  expect(text).not.toContain("_mask");
});
