import { expect, test } from "vitest";
import { closest } from "../src/diagnostics.ts";

const LOSSES = ["binary_crossentropy", "categorical_crossentropy", "sparse_categorical_crossentropy"];

test.each([
  ["sparse_crossentropy", "sparse_categorical_crossentropy"],
  ["binary_crossentrpy", "binary_crossentropy"],
  ["categorical_crosentropy", "categorical_crossentropy"],
  ["crossentropy", undefined],
  ["nothing_of_the_kind", undefined],
])("%s suggests %s", (word, wanted) => {
  expect(closest(word, LOSSES)).toBe(wanted);
});
