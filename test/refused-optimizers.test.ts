import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";
import { run } from "./cli-run.ts";

const DIR = "fixtures/refused-optimizers";
interface Case {
  readonly evaluate: readonly number[];
  readonly optimizer: { readonly class_name: string; readonly config: Readonly<Record<string, unknown>> };
}
const { x, y, cases, summaries } = JSON.parse(readFileSync(`${DIR}/cases.json`, "utf8")) as {
  readonly x: number[][];
  readonly y: number[][];
  readonly cases: Readonly<Record<string, Case>>;
  readonly summaries: Readonly<Record<string, string>>;
};
const FILES = ["ema.keras", "ema.h5", "accumulate.keras", "accumulate.h5", "lamb.keras", "lamb.h5"];
const all = [...FILES, "muon.keras", "scale.keras"];

/** `compile_config` of an archive: its JSON is stored as it is. */
const configOf = (bytes: Uint8Array): string =>
  /"compile_config": .*/.exec(Buffer.from(bytes).toString("latin1"))![0];

describe("a model whose optimizer cannot be trained with", () => {
  test.each(all)("%s predicts and evaluates, and says why it does not train", async (file) => {
    const model = await loadModel(`${DIR}/${file}`);
    const { evaluate } = cases[file.split(".")[0]];
    (model.evaluate(x, y, { verbose: 0 }) as number[]).forEach((value, k) =>
      expect(value).toBeCloseTo(evaluate[k], 6),
    );
    expect(model.notes.map(({ message }) => message).join()).toContain("The model cannot be trained: ");
    await expect(model.fit(x, y, { verbose: 0 })).rejects.toThrow(
      /use_ema|gradient_accumulation_steps|"Lamb"|"Muon"|"LossScaleOptimizer"/,
    );
    model.compile({ optimizer: "sgd", loss: "mse" });
    await model.fit(x, y, { verbose: 0 });
    expect(model.compileProblem).toBeUndefined();
  });

  test.each(all)("%s keeps its optimizer word for word", async (file) => {
    const model = await loadModel(`${DIR}/${file}`);
    const saved = configOf(await model.toBytes("keras"));
    const { class_name, config } = cases[file.split(".")[0]].optimizer;
    expect(saved).toContain(`"class_name": "${class_name}"`);
    for (const [key, value] of Object.entries(config).filter(([, one]) => typeof one !== "object"))
      expect(saved).toMatch(new RegExp(`"${key}": ${JSON.stringify(value).replace(/\.0$/, "")}(\\.0)?[,}]`));
    expect(saved).toContain(`"learning_rate": ${file.startsWith("muon") ? "1.0" : "0."}`);
    expect(model.notes.at(-1)?.message).toBe("The state of the optimizer is left out: it starts anew.");
  });

  test.each(all.filter((file) => file !== "scale.keras"))("%s: its summary", async (file) => {
    const model = await loadModel(`${DIR}/${file}`);
    expect(model.summary()).toBe(summaries[file]);
    expect((await run(["summary", `${DIR}/${file}`])).out.trimEnd()).toBe(summaries[file].trimEnd());
  });

  test("scale.keras: its summary is refused, as it counts what is not known; that of Keras 2 does not", async () => {
    expect(summaries["scale.keras"]).toContain("Optimizer params: 28 ");
    const model = await loadModel(`${DIR}/scale.keras`);
    expect(() => model.summary()).toThrow("LossScaleOptimizer are not known");
    expect(model.summary({ keras: "2.15" })).toContain("Total params: 11 ");
    const { err } = await run(["summary", `${DIR}/scale.keras`]);
    expect(err).toContain("LossScaleOptimizer are not known");
    expect((await run(["summary", `${DIR}/scale.keras`, "--keras", "2.15"])).out).toContain(
      "Total params: 11 ",
    );
  });

  test.each(["LossScaleOptimizer(keras.optimizers.SGD())", "SGD(gradient_accumulation_steps=1)"])(
    "a snippet with %s prints no number that is wrong",
    async (optimizer) => {
      const source = `import keras, numpy as np
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.${optimizer}, "mse")
model.fit(np.ones((4, 3)), np.ones((4, 1)))
model.summary()
`;
      expect((await run(["summary", "-"], source)).err).toMatch(/^3:\d+: .*(unknown|does not take)/);
    },
  );

  test("fit of no epochs is refused by the last Keras 2 alone", async () => {
    const source = `import tf_keras as keras, numpy as np
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile("sgd", "mse")
model.fit(np.ones((4, 3)), np.ones((4, 1)), epochs=0)
model.summary()
`;
    const { err } = await run(["summary", "-"], source);
    expect(err).toMatch(/4:\d+: fit does not take these epochs/);
    expect((await run(["summary", "-", "--keras", "2.15"], source)).out).toContain("Total params: 4 ");
  });

  test("is told once, and only when it is to be trained", async () => {
    const checked = await run(["check", `${DIR}/lamb.keras`]);
    expect(`${checked.out}${checked.err}`.match(/"Lamb" is unknown/g)).toHaveLength(1);
    const source = `import keras
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(keras.optimizers.Lamb(learning_rate=1.0), "mse")
`;
    const snippet = await run(["check", "-"], source);
    expect(snippet.err.match(/Lamb.* is (unknown|not supported)/g)).toHaveLength(1);
    expect((await run(["summary", "-"], source)).err).toBe("");
    const model = await loadModel(source, { seed: 1 });
    const saved = configOf(await model.toBytes("keras"));
    expect(saved).toContain(
      `"optimizer": {"module": "keras.optimizers", "class_name": "Lamb", "config": {"name": "lamb", "learning_rate": 1.0}`,
    );
    expect(new TextDecoder().decode(await model.toBytes("py"))).toContain(
      "keras.optimizers.Lamb(learning_rate=1.0)",
    );
  });

  test.each(["lamb.keras", "lamb.h5"])("%s is written as an .h5 file that Keras 3 opens", async (file) => {
    const model = await loadModel(`${DIR}/${file}`);
    expect(Buffer.from(await model.toBytes("h5")).toString("latin1")).not.toContain("training_config");
    expect(model.notes.at(-1)?.message).toBe(
      "The settings of compile are left out: Keras 3 does not find the optimizer Lamb in an .h5 file; in a .keras file it does.",
    );
    expect(configOf(await model.toBytes("keras"))).toContain('"class_name": "Lamb"');
  });

  test("is not said to a Keras that lacks its options", async () => {
    const model = await loadModel(`${DIR}/accumulate.keras`);
    await model.toBytes("h5", { keras: 2 });
    expect(model.notes.at(-1)?.message).toBe(
      "The settings of compile are left out: Keras 2 has no gradient_accumulation_steps.",
    );
    expect(new TextDecoder().decode(await model.toBytes("py", { keras: 2 }))).not.toContain("compile(");
  });

  test("is said to another Keras in its words", async () => {
    const model = await loadModel(`${DIR}/ema.keras`);
    const saved = configOf(await model.toBytes("keras", { keras: 2 }));
    expect(saved).toMatch(/"class_name": "Adam".*"use_ema": true.*"is_legacy_optimizer": false/);
    expect(saved).not.toMatch(/loss_scale_factor|gradient_accumulation/);
    expect(new TextDecoder().decode(await model.toBytes("py", { keras: 2 }))).toContain(
      "keras.optimizers.Adam(\n        learning_rate=0.25, use_ema=True, ema_overwrite_frequency=3\n    )",
    );
  });
});

test("rates are floats in source, and Lion is registered in .h5 files of tf.keras", async () => {
  const model = await loadModel(`import keras
m = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
m.compile(keras.optimizers.SGD(1.0, momentum=1.0), "mse")
`);
  expect(new TextDecoder().decode(await model.toBytes("py"))).toContain("learning_rate=1.0, momentum=1.0");
  model.compile({ optimizer: "lion", loss: "mse" });
  expect(Buffer.from(await model.toBytes("h5", { keras: 2 })).toString("latin1")).toContain('"Custom>Lion"');
});
