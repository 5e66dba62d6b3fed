import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { run } from "./cli-run.ts";

const folder = mkdtempSync(join(tmpdir(), "keraunos-not-run-"));
const snippet = join(folder, "lesson.py");
const data = join(folder, "data.json");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(() => {
  writeFileSync(
    snippet,
    `import keras
model = keras.Sequential([keras.layers.Dense(1, input_shape=(2,))])
model.compile("sgd", "mse")
model.fit(x, y, epochs=3)
model.fit(x, y)
model.evaluate(x, y)
model.predict(x)
model.save("lesson.keras")
`,
  );
  writeFileSync(
    data,
    JSON.stringify({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [[1], [2]],
    }),
  );
});

/** Line numbers and texts of the notes. */
const notes = (err: string): string[] =>
  [...err.matchAll(/note: .*lesson\.py:(\d+):\d+: (.*)/g)].map(([, line, text]) => `${line} ${text}`).sort();

test("fit says which lines after it, and which other fit, it passes over", async () => {
  const { code, err } = await run(["fit", snippet, "--data", data, "--seed", "1"]);
  expect(code).toBe(0);
  expect(notes(err)).toEqual([
    "4 Not run: model.fit(…)",
    "6 Not run: model.evaluate(…)",
    "7 Not run: model.predict(…)",
    '8 Not run: model.save("lesson.keras")',
  ]);
});

test("evaluate says that the training before it is not run", async () => {
  const { code, err } = await run(["evaluate", snippet, "--data", data, "--seed", "1"]);
  expect(code).toBe(0);
  expect(notes(err)).toEqual([
    "4 Not run: model.fit(…)",
    "5 Not run: model.fit(…)",
    "7 Not run: model.predict(…)",
    '8 Not run: model.save("lesson.keras")',
  ]);
});

test("--verbose 0 says nothing of it", async () => {
  expect(notes((await run(["fit", snippet, "--data", data, "--verbose", "0"])).err)).toEqual([]);
});
