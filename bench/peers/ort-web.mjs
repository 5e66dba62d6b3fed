import { outputName, toOnnx } from "../onnx.mjs";
import { kernelShapes } from "../data.mjs";

/** onnxruntime-web, WebAssembly with one thread. It does not train. */
export default {
  name: "ort-web",
  kinds: ["predict"],
  async load(net, weights) {
    const ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(toOnnx(net, weights), { executionProviders: ["wasm"] });
    // It leaves a global Worker behind, by which other engines in this process judge that they may use threads.
    delete globalThis.Worker;
    const width = kernelShapes(net)[0][0];
    const output = outputName(net);
    return {
      predictor: (batch) => async (x) => {
        const results = await session.run({ x: new ort.Tensor("float32", x, [batch, width]) });
        return results[output].data;
      },
    };
  },
};
