import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

test("says which convolutions Theano padded otherwise", async () => {
  const model = await loadModel(readFileSync("fixtures/theano-padding.h5"));
  const said = model.notes.filter(({ message }) => message.startsWith("Theano pads otherwise"));
  expect(said.map(({ at }) => at?.path)).toEqual(["even", "strided"]);
});
