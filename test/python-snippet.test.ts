import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { build } from "../src/ir/build.ts";
import { chooseOptimizer } from "../src/ir/catalogues.ts";
import { parsePython } from "../src/parser/python/index.ts";

const lectures = new URL("../examples/lectures/", import.meta.url);
const lecture = (name: string): string => readFileSync(new URL(name, lectures), "utf8");
const sequential = (first: string): string => `import keras\nmodel = keras.Sequential([${first}])\n`;

describe("the lectures' snippets", () => {
  const names = readdirSync(lectures).filter((name) => name.endsWith(".py"));
  it.each(names.filter((name) => name !== "data-augmentation.py"))("%s is a model", (name) => {
    const { spec } = parsePython(lecture(name), { file: name, define: { d_in: 3, d_out: 2 } });
    expect(build(spec).built).toBe(true);
  });
  it("names the layers of the Fashion-MNIST lecture as Keras does, and its settings", () => {
    const { spec, fit, runs, data } = parsePython(lecture("fashion-mnist.py"));
    expect(spec.layers.map((layer) => layer.name)).toEqual([
      "input_layer",
      "flatten",
      "dense",
      "dense_1",
      "dense_2",
    ]);
    expect(spec.compile).toMatchObject({
      loss: "sparse_categorical_crossentropy",
      optimizer: "sgd",
      metrics: ["accuracy"],
    });
    expect(fit).toMatchObject({
      epochs: 30,
      x: { kind: "data" },
      validation_data: { x: { kind: "data" }, y: { kind: "data" } },
    });
    expect(runs.map((run) => run.kind)).toEqual(["fit", "evaluate", "predict"]);
    expect(data.steps.filter((step) => step.op === "unknown")).toEqual([]);
  });
  it("refuses data augmentation by name, at its line", () => {
    const { spec } = parsePython(lecture("data-augmentation.py"), { file: "a.py" });
    expect(() => build(spec)).toThrow(/a\.py:6:12: .*RandomFlip/);
  });
  it("finds keras.Dense under keras.layers and says so", () => {
    const { notes, spec } = parsePython(lecture("linear-regression.py"), { define: { d_in: 3, d_out: 2 } });
    expect(notes.map((n) => n.message)).toContain("keras.Dense is keras.layers.Dense: it was found there.");
    expect(spec.layers.at(-1)).toMatchObject({ class_name: "Dense", name: "dense", config: { units: 2 } });
    expect(() => parsePython(lecture("linear-regression.py"), { define: { d_in: 3 } })).toThrow(
      "--define d_out=VALUE",
    );
  });
  it("takes sizes from the data where they are known", () => {
    const source = `${sequential("keras.layers.Dense(x_train.shape[-1], input_shape=x_train.shape[1:])")}`;
    expect(build(parsePython(source, { data: { x_train: [100, 5] } }).spec).layers.at(-1)?.config.units).toBe(
      5,
    );
    expect(() => parsePython(source)).toThrow("not read");
  });
  it("answers activation='none' with the way out, at its place", () => {
    const { spec } = parsePython(sequential("keras.layers.Dense(1, activation='none', input_shape=(2,))"), {
      file: "n.py",
    });
    expect(() => build(spec)).toThrow(/n\.py:2:\d+: .*None.*'linear'/);
  });
});

describe("the model meant", () => {
  const two =
    "import keras\na = keras.Sequential([keras.layers.Dense(1)])\nmodel = keras.Sequential([keras.layers.Dense(2)])\nb = keras.Sequential([keras.layers.Dense(3)])\n";
  it.each([
    [two, "model"],
    [`${two}a.compile(loss='mse')`, "a"],
    [`${two}a.summary()\nb.fit(x, y)`, "b"],
    [`${two}b.compile(loss='mse')\na.predict(x)`, "b"],
    [two.replace("model =", "c ="), "b"],
  ])("%#", (source, variable) => {
    const snippet = parsePython(source);
    expect(snippet.variable).toBe(variable);
    expect(snippet.notes.at(-1)?.message).toContain(`The model meant is ${variable}`);
  });
  it("is chosen by name", () => {
    expect(parsePython(two, { model: "a" }).spec.name).toBe("sequential");
    expect(() => parsePython(two, { model: "modell" })).toThrow("Did you mean model?");
  });
});

describe("settings", () => {
  it("keeps objects as Keras JSON objects", () => {
    const source = `${sequential("keras.layers.Dense(1)")}model.compile(keras.optimizers.SGD(lr=0.1, momentum=0.9), keras.losses.BinaryCrossentropy(True), metrics='mae')`;
    const { spec, notes } = parsePython(source);
    expect(spec.compile).toMatchObject({
      optimizer: { class_name: "SGD", config: { learning_rate: 0.1, momentum: 0.9 } },
      loss: { class_name: "BinaryCrossentropy", config: { from_logits: true } },
      metrics: ["mae"],
    });
    expect(notes.length).toBe(2);
  });
  it("reads the decay of older optimizers as the schedule that it was", () => {
    const rate = (optimizer: string): unknown => {
      const { spec } = parsePython(
        `${sequential("keras.layers.Dense(1)")}model.compile(keras.optimizers.${optimizer}, "mse")`,
      );
      return (spec.compile?.optimizer as { config: { learning_rate: unknown } }).config.learning_rate;
    };
    const slowed = (initial_learning_rate: number, decay_rate: number): unknown => ({
      class_name: "InverseTimeDecay",
      config: { initial_learning_rate, decay_steps: 1, decay_rate, staircase: false },
    });
    expect(rate("SGD(lr=0.5, decay=0.25, momentum=0.9)")).toEqual(slowed(0.5, 0.25));
    expect(rate("Adam(decay=0.25)")).toEqual(slowed(0.001, 0.25));
    expect(rate("Adam(0.5, decay=0.0)")).toBe(0.5);
    expect(rate("RMSprop(decay=0.1)")).toEqual(slowed(0.001, 0.1));
    expect(() => rate("Adafactor(decay=0.1)")).toThrow("This decay cannot be read.");
  });
  it("reads what only older optimizers were told", () => {
    const options = (optimizer: string): unknown => {
      const { spec } = parsePython(
        `${sequential("keras.layers.Dense(1)")}model.compile(keras.optimizers.${optimizer}, "mse")`,
      );
      return chooseOptimizer(spec.compile?.optimizer).config;
    };
    expect(options("RMSprop(lr=0.01, rho=0.9, epsilon=None, decay=0.0)")).toMatchObject({ epsilon: 1e-7 });
    expect(options("Nadam(lr=0.002, schedule_decay=0.004)")).toMatchObject({ schedule_decay: 0.004 });
    expect(options("Nadam(decay=0.1)")).toMatchObject({ learning_rate: 0.001, schedule_decay: 0.1 });
    expect(options("legacy.RMSprop(0.01)")).toMatchObject({ is_legacy_optimizer: true });
    expect(options("RMSprop(0.01)")).toMatchObject({ is_legacy_optimizer: null });
  });
  it("remembers fit, evaluate, predict and summary", () => {
    const source = `${sequential("keras.layers.Dense(1)")}model.summary(line_length=70, show_trainable=True)
h = model.fit([x, z], {'a': y}, 32, 5, class_weight={0: 1.0, 1: 2}, validation_data=(xv, yv, wv), callbacks=[keras.callbacks.EarlyStopping('val_loss', patience=3)])
model.evaluate(x, y, return_dict=True)
model.predict(x / 255, batch_size=8)`;
    const { fit, runs, summary, data } = parsePython(source);
    expect(fit).toMatchObject({
      batch_size: 32,
      epochs: 5,
      class_weight: { "0": 1, "1": 2 },
      callbacks: [{ class_name: "EarlyStopping", config: { monitor: "val_loss", patience: 3 } }],
    });
    expect(fit?.x).toHaveLength(2);
    expect(fit?.y).toHaveProperty("a");
    expect(Object.keys(fit!.validation_data!)).toEqual(["x", "y", "sample_weight"]);
    expect(runs[1]).toMatchObject({ kind: "evaluate", return_dict: true });
    expect(summary).toEqual({ line_length: 70, show_trainable: true });
    expect(data.steps.at(-1)).toMatchObject({ op: "arithmetic", operator: "/", value: 255 });
  });
  it("takes the seed from outside over that of the snippet", () => {
    const source = `import keras\nkeras.utils.set_random_seed(1)\nmodel = keras.Sequential([keras.layers.Dense(4)])`;
    const [own, outer] = [parsePython(source), parsePython(source, { seed: 2 })];
    expect([own.seed, outer.seed]).toEqual([1, 2]);
    expect(own.spec.layers[0].draws).not.toEqual(outer.spec.layers[0].draws);
    expect(parsePython(source.replace("(1)", "(2)")).spec.layers[0].draws).toEqual(
      outer.spec.layers[0].draws,
    );
  });
  it("reads the same text to the same result, however often", () => {
    const source = sequential("keras.layers.Dense(1)");
    expect(JSON.stringify(parsePython(source).spec)).toBe(JSON.stringify(parsePython(source).spec));
  });
});
