// What a process does that predicts once: reads a snippet, then a config, and predicts. The build looks which functions it calls.
import { fileURLToPath } from "node:url";
import { loadModel } from "../dist/node/index.js";

const lecture = fileURLToPath(new URL("../examples/lectures/fashion-mnist.py", import.meta.url));
const config = await (await loadModel(lecture)).toBytes("json");
const model = await loadModel(new TextDecoder().decode(config));
model.predict({ shape: [1, 28, 28], dtype: "float32", data: new Float32Array(28 * 28) });
