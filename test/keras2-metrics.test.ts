import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../src/diagnostics/limits.ts";
import { spawnHere } from "../src/formats/hdf5.ts";
import { type LegacyFile, readModelFile } from "../src/formats/model-file.ts";
import { loadModel, type Model } from "../src/node/index.ts";

interface Case {
  /** As tf-keras keeps them in `.h5`. */
  readonly metrics: unknown;
  readonly weighted_metrics: unknown;
  readonly x: number[][];
  readonly y: number[];
  readonly logs: Readonly<Record<string, number>>;
}
const FOLDER = new URL("../fixtures/keras2-metrics/", import.meta.url);
const cases = Object.entries(
  JSON.parse(readFileSync(new URL("expected.json", FOLDER), "utf8")) as Record<string, Case>,
);
const NAMED = ["one", "binary", "all", "record"];
const named = cases.filter(([name]) => NAMED.includes(name));
const opened = (file: string): Promise<Model> => loadModel(readFileSync(new URL(file, FOLDER)));

/** What a model kept of its metrics in an `.h5` file for Keras 2. */
async function kept(model: Model): Promise<unknown> {
  const bytes = await model.toBytes("h5", { keras: "2" });
  const file = (await readModelFile(bytes, DEFAULT_LIMITS, spawnHere)) as LegacyFile;
  const { metrics, weighted_metrics } = JSON.parse(file.training_config!) as Case;
  return { metrics, weighted_metrics };
}

function reportsAs(model: Model, { x, y, logs }: Case): void {
  const got = model.evaluate(x, y, { batch_size: x.length, return_dict: true, verbose: 0 });
  expect(Object.keys(got).sort()).toEqual(Object.keys(logs).sort());
  for (const [name, value] of Object.entries(logs)) expect(Number(got[name])).toBeCloseTo(value, 5);
}

/** Keras 3 does not name the loss of an output that alone has one. */
const shown = ({ logs, ...wanted }: Case, name: string, keras: string): Case => {
  const { size_loss: _one, ...rest } = logs;
  return { ...wanted, logs: name === "some" && keras === "3" ? rest : logs };
};

test.each(cases)("an .h5 file reports what tf-keras reports: %s", async (name, wanted) => {
  const model = await opened(`${name}.h5`);
  reportsAs(model, wanted);
  for (const format of ["h5", "keras"] as const)
    for (const keras of ["2", "3"] as const)
      reportsAs(await loadModel(await model.toBytes(format, { keras })), shown(wanted, name, keras));
});

test("a .keras file with losses for some outputs reports what tf-keras reports", async () => {
  reportsAs(await opened("some.keras"), cases.find(([name]) => name === "some")![1]);
});

test.each(named)("a .keras file reports what tf-keras reports: %s", async (name, wanted) => {
  reportsAs(await opened(`${name}.keras`), wanted);
});

test("logs of Keras 2 name outputs by their layers, those of Keras 3 by the keys of a record", async () => {
  const wanted = JSON.parse(readFileSync(new URL("keys.json", FOLDER), "utf8")) as Case;
  const model = await opened("keys.keras");
  reportsAs(model, wanted);
  const again = await loadModel(await model.toBytes("keras", { keras: "3" }));
  expect(Object.keys(again.evaluate(wanted.x, wanted.y, { return_dict: true, verbose: 0 }))).toContain(
    "z_loss",
  );
});

test.each(named)("metrics in .h5 for Keras 2 are those that tf-keras keeps: %s", async (name, wanted) => {
  const { metrics, weighted_metrics } = wanted;
  expect(await kept(await opened(`${name}.keras`))).toEqual({ metrics, weighted_metrics });
});

test("metrics in .keras for Keras 2 have the form of the outputs", async () => {
  const bytes = await (await opened("record.h5")).toBytes("keras", { keras: "2" });
  const { config } = await readModelFile(bytes, DEFAULT_LIMITS, spawnHere);
  const { compile_config } = JSON.parse(config!) as { compile_config: Record<string, object> };
  for (const key of ["metrics", "weighted_metrics"])
    expect(Object.keys(compile_config[key])).toEqual(["kind", "size"]);
});

test("crossentropy labels of a Keras 3 model say which accuracy is meant", async () => {
  const fn = async (loss: string, units: number): Promise<unknown> => {
    const model = await loadModel(`import keras
m = keras.Sequential([keras.Input((2,)), keras.layers.Dense(${units}, activation="sigmoid")])
m.compile("sgd", "${loss}", metrics=["accuracy"])
`);
    const { metrics } = (await kept(model)) as { metrics: { config: { fn: string; name: string } }[][] };
    expect(metrics[0][0].config.name).toBe("accuracy");
    return metrics[0][0].config.fn;
  };
  expect(await fn("sparse_categorical_crossentropy", 3)).toBe("sparse_categorical_accuracy");
  expect(await fn("categorical_crossentropy", 3)).toBe("categorical_accuracy");
  expect(await fn("binary_crossentropy", 1)).toBe("binary_accuracy");
  expect(await fn("mse", 3)).toBe("categorical_accuracy");
});
