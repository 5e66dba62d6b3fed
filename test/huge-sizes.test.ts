import { expect, test } from "vitest";
import { loadModel, ModelError } from "../src/node/index.ts";
import { run } from "./cli-run.ts";

/** JSON as Keras 3 writes it, its numbers as given. */
const stack = (input: string, ...layers: readonly (readonly [string, string])[]): string =>
  `{"module": "keras", "class_name": "Sequential", "config": {"name": "m", "layers": [
    {"module": "keras.layers", "class_name": "InputLayer", "config": {"name": "i", "batch_shape": [null, ${input}]}},
    ${layers
      .map(
        ([name, options]) =>
          `{"module": "keras.layers", "class_name": "${name}", "config": {"name": "layer", ${options}}}`,
      )
      .join(", ")}]}}`;

test.each([
  ["Dense", stack("6", ["Dense", '"units": 1e308']), "units"],
  ["Dense", stack("6", ["Dense", '"units": 9007199254740992']), "units"],
  ["Dense", stack("1099511627776", ["Dense", '"units": 1048576']), "elements of kernel"],
  ["UpSampling1D", stack("1048576, 1", ["UpSampling1D", '"size": 1125899906842624']), "outputs of sizes"],
])("%s of a size that no number holds is refused by its name", async (class_name, text, what) => {
  const { code, err } = await run(["summary", "-"], text);
  expect(code).not.toBe(0);
  expect(err).toContain(`${class_name} "layer"`);
  expect(err).toContain("9007199254740991");
  const error: unknown = await loadModel(text).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(ModelError);
  expect((error as ModelError).message).toContain(what);
});

test("a size that no machine has room for can be looked at", async () => {
  const { code, out } = await run(["summary", "-"], stack("6", ["Dense", '"units": 2147483648']));
  expect(code).toBe(0);
  expect(out).toContain("(None, 2147483648)");
});
