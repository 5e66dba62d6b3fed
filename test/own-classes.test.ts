import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";

const FOLDER = "fixtures/own-classes";
const refused = async (source: string): Promise<string> => {
  const error: unknown = await loadModel(source).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ModelError);
  return (error as ModelError).message;
};
const plain = (): Record<string, unknown> =>
  JSON.parse(JSON.parse(readFileSync(`${FOLDER}/quoted.json`, "utf8")) as string) as Record<string, unknown>;
const dense = (model: Record<string, unknown>): Record<string, unknown> =>
  (model.config as { layers: Record<string, unknown>[] }).layers[1];

describe("a class of somebody's own, named as one of Keras's", () => {
  it.each([
    ["registered-keras2.keras", /Custom>Softmax "own" is of a class that is not supported/],
    ["class.keras", /Softmax \(not Keras's own\) "own" is of a class that is not supported/],
    ["class.json", /Softmax \(not Keras's own\) "own" is of a class that is not supported/],
    ["activation.keras", /Received: a function "swish" that is not Keras's own/],
    ["activation.json", /Received: a function "swish" that is not Keras's own/],
  ])("is refused by its name: %s", async (file, message) => {
    expect(await refused(`${FOLDER}/${file}`)).toMatch(message);
  });

  it.each([
    [{ module: "os" }, "os.Dense"],
    [{ module: "my.layers", registered_name: "my>Dense" }, "my>Dense"],
    [{ module: "keras.layers", registered_name: "tfmot>Dense" }, "tfmot>Dense"],
  ])("is refused by what its config says: %o", async (said, name) => {
    const model = plain();
    Object.assign(dense(model), said);
    expect(await refused(JSON.stringify(model))).toContain(`Layer ${name} "plain"`);
  });

  it("is refused in an option, and as a model", async () => {
    const model = plain();
    const config = dense(model).config as Record<string, unknown>;
    config.kernel_initializer = {
      module: "my",
      class_name: "Zeros",
      config: {},
      registered_name: "my>Zeros",
    };
    expect(await refused(JSON.stringify(model))).toMatch(/kernel_initializer .*Received: "my>Zeros"/s);
    expect(await refused(JSON.stringify({ ...plain(), module: "os" }))).toMatch(/os\.Sequential is no class/);
  });
});

it.each(["my", "Custom"])(
  "a metric that is registered as %s> is not Keras's in an .h5 either",
  async (name) => {
    const model = await loadModel(`${FOLDER}/metric-${name.toLowerCase()}.h5`);
    expect(model.compileProblem?.message).toContain(`"${name}>MeanAbsoluteError"`);
    expect(() => model.evaluate([[1, 1, 1]], [[0, 0]])).toThrow(
      /not compiled|needs a model that was compiled/,
    );
  },
);

it("a JSON text within a JSON text is read", async () => {
  const path = `${FOLDER}/quoted.json`;
  for (const source of [path, readFileSync(path, "utf8")])
    expect((await loadModel(source)).layers.map(({ name }) => name)).toEqual(["plain"]);
});

it("layers without names are counted as Keras counts them", async () => {
  const model = plain();
  const { layers } = model.config as { layers: { config: { name?: string | null } }[] };
  delete layers[1].config.name;
  layers.push(structuredClone(layers[1]));
  layers[2].config.name = null;
  const read = await loadModel(JSON.stringify(model));
  expect(read.layers.map(({ name }) => name)).toEqual(["dense", "dense_1"]);
});
