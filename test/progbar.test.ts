import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { progress } from "../src/runtime/progbar.ts";

interface Case {
  readonly target: number | null;
  readonly verbose: 1 | 2;
  readonly steps: readonly { current: number; seconds: number; values: [string, number | string][] }[];
  readonly text: readonly string[];
}
const cases = JSON.parse(readFileSync("fixtures/training/progress.json", "utf8")) as Case[];

test.each(cases.filter((c) => c.target !== null))(
  "Keras's bar of $target steps, verbose $verbose",
  ({ target, verbose, steps, text }) => {
    const bar = progress(target!, verbose, true);
    const written = steps.map(({ current, seconds, values }, k) =>
      bar.update(
        current,
        seconds,
        values.map(([name, v]) => [name, Number(v)]),
        k === steps.length - 1,
      ),
    );
    expect(written.join("")).toBe(text.join(""));
  },
);

test("off a terminal only the last state is written, without control characters", () => {
  const bar = progress(4, 1, false);
  expect(bar.update(1, 0.1, [["loss", 1]])).toBe("");
  expect(bar.update(4, 0.4, [["loss", 0.5]], true)).toBe(
    "4/4 ━━━━━━━━━━━━━━━━━━━━ 0s 100ms/step - loss: 0.5000\n",
  );
});
