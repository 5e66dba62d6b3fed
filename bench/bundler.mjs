// node bench/bundler.mjs '{"path", "folder", "options", "training"?}': writes a bundle. A process of its own, because one
// in which WebAssembly memory has grown has a detached buffer, and V8 then checks every access to any typed array.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { keraunos, withRate } from "./library.mjs";

const { path, folder, options, training } = JSON.parse(process.argv[2]);
const { loadModel } = await keraunos();
const model = await loadModel(path);
if (training)
  model.compile({ optimizer: withRate(training.optimizer, training.learning_rate), loss: training.loss });
const { files } = await model.compileTo({ target: "js", ...options });
for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
process.stdout.write([...files.keys()].find((name) => name.endsWith(".js")));
