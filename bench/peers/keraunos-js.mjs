import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, withRate } from "./keraunos.mjs";

/** This project's standalone bundle in plain JavaScript, without WebAssembly. */
export default {
  name: "keraunos-js",
  kinds: ["predict", "train"],
  async load(net, weights) {
    const keraunos = await import("../../dist/node/index.js");
    return {
      async predictor(batch) {
        const model = await bundle(build(keraunos, net, weights), { batch_size: batch });
        return (x) => model.predict(x);
      },
      async trainer({ optimizer, learning_rate, batch }) {
        const model = build(keraunos, net, weights);
        model.compile({
          optimizer: withRate(optimizer, learning_rate),
          loss: "sparse_categorical_crossentropy",
        });
        const trained = await bundle(model, { batch_size: batch, training: true });
        return (x, y) => trained.trainStep(x, y);
      },
    };
  },
};

async function bundle(model, options) {
  const { files } = await model.compileTo({ target: "js", ...options });
  const folder = mkdtempSync(join(tmpdir(), "keraunos-bench-"));
  try {
    for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const main = [...files.keys()].find((name) => name.endsWith(".js"));
    const { load } = await import(pathToFileURL(join(folder, main)));
    return await load();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
