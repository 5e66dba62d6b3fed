/** onnxruntime-web, WebAssembly with one thread. It does not train. */
export default {
  name: "ort-web",
  kinds: ["predict"],
  cannot: (net) => net.onnx_problem ?? undefined,
  async load(net) {
    const ort = await import("onnxruntime-web");
    ort.env.wasm.numThreads = 1;
    const file = new Uint8Array(net.file("model.onnx"));
    const session = await ort.InferenceSession.create(file, { executionProviders: ["wasm"] });
    // It leaves a global Worker behind, by which other engines in this process judge that they may use threads.
    delete globalThis.Worker;
    const [[input], [output]] = [session.inputNames, session.outputNames];
    return {
      predictor: (batch) => async (x) => {
        const results = await session.run({
          [input]: new ort.Tensor("float32", x, [batch, ...net.input_shape]),
        });
        return results[output].data;
      },
      close: () => session.release(),
    };
  },
};
