import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");
const source = (compile: string, options = ""): string => `import keras
m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1${options})])
m.compile(${compile})
`;
const written = async (compile: string, keras: 2 | 3, options = ""): Promise<string> =>
  text(await (await loadModel(source(compile, options))).toBytes("py", { keras }));

test("weights of losses are floats, which Keras wants", async () => {
  const given = `optimizer="sgd", loss="mse", loss_weights=2.0`;
  expect(await written(given, 3)).toContain("loss_weights=2.0");
  const model = await loadModel(source(given), { seed: 1 });
  expect(text(await model.toBytes("keras"))).toContain(`"loss_weights": 2.0`);
});

test("options of which tf.keras has other defaults are said to it", async () => {
  expect(await written(`keras.optimizers.RMSprop(use_ema=True), "mse"`, 2)).toContain(
    "use_ema=True, ema_overwrite_frequency=None",
  );
  expect(await written(`"lion", "mse"`, 2)).toContain("keras.optimizers.Lion(learning_rate=0.001)");
  expect(await written(`"lion", "mse"`, 3)).toContain(`optimizer="lion"`);
});

test("classes that a Keras does not make by their names are called", async () => {
  const constant = `, kernel_initializer=keras.initializers.Constant(0.0)`;
  expect(await written(`"adam", "mse"`, 3, constant)).toContain(
    "kernel_initializer=keras.initializers.Constant()",
  );
  const penalty = `, kernel_regularizer=keras.regularizers.L1L2()`;
  expect(await written(`"adam", "mse"`, 2, penalty)).toContain(
    "kernel_regularizer=keras.regularizers.L1L2()",
  );
  expect(await written(`"adamw", "mse"`, 2)).toContain("optimizer=keras.optimizers.AdamW()");
  const model = await loadModel(source(`"adamw", "mse"`), { seed: 1 });
  expect(text(await model.toBytes("h5", { keras: 2 }))).toContain(`"Custom>AdamW"`);
});

test.each([
  [`"sgd", keras.losses.MeanSquaredError(reduction="mean_with_sample_weight")`, "reduction"],
  [`keras.optimizers.SGD(loss_scale_factor=2.0), "mse"`, "loss_scale_factor"],
])("what tf.keras cannot be told is refused by name: %s", async (compile, option) => {
  await expect(written(compile, 2)).rejects.toThrow(`The ${option} of`);
  expect(await written(compile, 3)).toContain(option);
});
