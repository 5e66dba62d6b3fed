import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel, type Model } from "../src/node/index.ts";

/** See fixtures/going-on.py. */
const FOLDER = "fixtures/going-on";
const files = readdirSync(FOLDER).filter((file) => !file.endsWith(".json") && !file.startsWith("refused"));
interface Facts {
  readonly x: unknown;
  readonly y: unknown;
  readonly predict: unknown;
  readonly losses: readonly number[];
  readonly after: unknown;
}

const flat = (nest: unknown): number[] => (Array.isArray(nest) ? nest.flatMap(flat) : [nest as number]);
function expectPredicted(model: Model, x: unknown, wanted: unknown): void {
  const { data } = model.predict(x as number[]);
  const all = flat(wanted);
  expect(data.length).toBe(all.length);
  all.forEach((value, k) => expect(data[k]).toBeCloseTo(value, 5));
}

test.each(files)("%s goes on where it was saved, as its Keras does", async (file) => {
  const { x, y, predict, losses, after } = JSON.parse(
    readFileSync(`${FOLDER}/${file}.json`, "utf8"),
  ) as Facts;
  const model = await loadModel(`${FOLDER}/${file}`);
  expectPredicted(model, x, predict);
  for (const loss of losses) expect(flat(model.trainOnBatch(x, y))[0]).toBeCloseTo(loss, 5);
  expectPredicted(model, x, after);
});

test("what Keras 2 learns from all steps at once and twice is not trained", async () => {
  const file = "refused-stack-keras2.h5";
  const { x, y, predict } = JSON.parse(readFileSync(`${FOLDER}/${file}.json`, "utf8")) as Facts;
  const model = await loadModel(`${FOLDER}/${file}`);
  expect(() => model.trainOnBatch(x, y)).toThrow(
    'TimeDistributed over Sequential "sequential" cannot be trained as Keras 2 does',
  );
  expectPredicted(model, x, predict);
});

test("says which slots of a shared layer an .h5 file lacks", async () => {
  const { notes } = await loadModel(`${FOLDER}/shared-keras2.h5`);
  expect(notes.map(({ message }) => message).join()).toContain(
    "goes on with 8 of its 16 slots, as tf.keras does",
  );
});
