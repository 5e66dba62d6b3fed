import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const BUNDLER = fileURLToPath(new URL("../bundler.mjs", import.meta.url));

/** This project's standalone bundle in plain JavaScript, without WebAssembly. */
export default {
  name: "keraunos-js",
  on_request: true,
  kinds: ["predict", "train"],
  async load(net) {
    const path = `${net.path}model.keras`;
    return {
      async predictor(batch) {
        const model = await bundle({ path, options: { batch_size: batch } });
        return (x) => model.predict(x);
      },
      async trainer({ optimizer, learning_rate, batch }) {
        const training = { optimizer, learning_rate, loss: net.loss };
        const model = await bundle({ path, training, options: { batch_size: batch, training: true } });
        return (x, labels) => model.trainStep(x, labels);
      },
    };
  },
};

async function bundle(job) {
  const folder = mkdtempSync(join(tmpdir(), "keraunos-bench-"));
  try {
    const main = execFileSync(process.execPath, [BUNDLER, JSON.stringify({ ...job, folder })], {
      encoding: "utf8",
    });
    const { load } = await import(pathToFileURL(join(folder, main)));
    return await load();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
