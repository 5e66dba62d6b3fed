import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

interface Case {
  readonly snippet: string;
  readonly x: readonly number[][][];
  readonly y: readonly (readonly number[])[];
  readonly losses: readonly number[];
  readonly loss: readonly number[];
  readonly val_loss: readonly number[];
}
const cases = JSON.parse(readFileSync("fixtures/draws-outside-training.json", "utf8")) as Record<
  string,
  Case
>;

const expectClose = (found: readonly unknown[], wanted: readonly number[]): void => {
  expect(found.length).toBe(wanted.length);
  wanted.forEach((want, k) => expect(Math.abs((found[k] as number) - want) / want).toBeLessThan(2e-6));
};

test.each(Object.entries(cases))("predictions move seeds on as in Keras: %s", async (_, c) => {
  const model = await loadModel(c.snippet);
  const losses: unknown[] = [model.trainOnBatch(c.x, c.y)];
  model.predict(c.x, { batch_size: 3 });
  losses.push(model.trainOnBatch(c.x, c.y));
  losses.push(model.evaluate(c.x, c.y, { verbose: 0 }));
  losses.push(model.trainOnBatch(c.x, c.y));
  expectClose(losses, c.losses);
  const validation_data = [c.x.slice(4), c.y.slice(4)] as const;
  const options = { epochs: 3, shuffle: false, verbose: 0, validation_data } as const;
  const { history } = await model.fit(c.x.slice(0, 4), c.y.slice(0, 4), options);
  expectClose(history.loss, c.loss);
  expectClose(history.val_loss, c.val_loss);
});
