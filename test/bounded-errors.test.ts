import { expect, test } from "vitest";
import { type Diagnostic, loadModel, ModelError } from "../src/node/index.ts";

const problem = (text: string): Diagnostic => ({ code: "bad-config", message: text });

test("a message shows twenty problems and says how many more there are", () => {
  const all = Array.from({ length: 1000 }, (_, k) => problem(`Problem ${k}.`));
  const error = new ModelError(all);
  expect(error.message.split("\n").slice(19)).toEqual(["Problem 19.", "… and 980 more errors."]);
  expect(error.errors.length).toBe(1000);
  expect(new ModelError(all.slice(0, 21)).message).toMatch(/… and 1 more error\.$/);
});

test("the middle of a long name is left out", async () => {
  const name = "n".repeat(100_000);
  const { message } = new ModelError({
    ...problem(name),
    expected: name,
    received: name,
    at: { path: name },
  });
  expect(message.length).toBeLessThan(7000);
  expect(message).toContain("… (98500 more characters) …");
  const model = {
    class_name: "Sequential",
    config: { name: "s", layers: [{ class_name: name, config: { name: "d" } }] },
  };
  const error = await loadModel(JSON.stringify(model)).catch((e: unknown) => e as Error);
  expect((error as Error).message.length).toBeLessThan(5000);
});

const snippet = (layer: string): string =>
  `import keras\nm = keras.Sequential([keras.Input((4, 4, 3)), ${layer}])\n`;

test.each(["cubic", "area", "bilinear_keras2"])(
  "an interpolation %s is refused, and Keras's are named",
  async (by) => {
    await expect(loadModel(snippet(`keras.layers.UpSampling2D(interpolation="${by}")`))).rejects.toThrow(
      `Expected: one of "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5". Received: "${by}".`,
    );
  },
);

test("a form feed begins a line anew", async () => {
  const source = `\f${snippet("keras.layers.Flatten()")}\f\nfor i in range(2):\n    \f  pass\n\f  pass\n`;
  expect((await loadModel(source, { seed: 1 })).layers.length).toBe(1);
});

test("blocks within the limit of Python are read, and one more is counted right", async () => {
  const nested = (n: number): string =>
    `import keras\n${Array.from({ length: n }, (_, k) => `${" ".repeat(k)}if 1:\n`).join("")}${" ".repeat(n)}${snippet("keras.layers.Flatten()").split("\n")[1]}\n`;
  await expect(loadModel(nested(99), { seed: 1 })).resolves.toBeDefined();
  await expect(loadModel(nested(100))).rejects.toThrow("Expected: at most 99 levels. Received: 100.");
});

test("a defined name that a snippet lacks is told", async () => {
  const source =
    'import keras\nprint(f"{shown}")\nm = keras.Sequential([keras.Input((d_in,)), keras.layers.Dense(1)])\n';
  const { notes } = await loadModel(source, { define: { d_in: 3, d_on: 4, shown: 1 }, seed: 1 });
  expect(notes.map(({ message }) => message).filter((text) => text.includes("--define"))).toEqual([
    "The snippet has no d_on: --define d_on=… changes nothing. Did you mean d_in?",
  ]);
});
