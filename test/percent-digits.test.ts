import { expect, test } from "vitest";
import { loadModel } from "../src/node/index.ts";

test("a precision of whole numbers is the least number of digits, as in Python", async () => {
  const names = [
    '"d%.3d" % 7',
    '"e%5.2d|%+.3d" % (3, -4)',
    '"n%06.3d" % -7',
    '"x%.4x" % 255',
    '"z%-6.3d." % 5',
  ];
  const dense = names.map((name) => `keras.layers.Dense(1, name=${name})`);
  const model = await loadModel(
    `import keras\nm = keras.Sequential([keras.Input((4,)), ${dense.join(", ")}])\n`,
  );
  const summary = model.summary();
  for (const name of ["d007", "e   03|-004", "n-00007", "x00ff", "z005   ."])
    expect(summary).toContain(` ${name} (Dense) `);
});
