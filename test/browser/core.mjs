import assert from "node:assert/strict";

/** The package as a page imports it: `browser.page()` opens an empty page, code inside `evaluate` runs there. */
export const cases = {
  "the package loads, and a path is refused by name": async ({ page }) => {
    const tab = await page();
    const error = await tab.evaluate(async () => {
      const { loadModel } = await import("/keraunos.js");
      return loadModel("models/fashion.h5").then(
        () => "opened",
        (e) => `${e.name}: ${e.message}`,
      );
    });
    assert.match(error, /^ModelError: .*models\/fashion\.h5/);
    assert.deepEqual(tab.complaints, []);
  },

  "an .h5 file's bytes give Keras's summary and Keras's predictions": async ({ page }) => {
    const tab = await page();
    const got = await tab.evaluate(async () => {
      const folder = "/fixtures/models/lecture-mlp/";
      const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
      const { loadModel, readIdx } = await import("/keraunos.js");
      const model = await loadModel(await bytes(`${folder}model-keras3.h5`));
      const images = await readIdx(await bytes("/examples/data/fashion-mnist/t10k-images-idx3-ubyte.gz"));
      const data = Float32Array.from(images.data.subarray(0, 5 * 784), (v) => v / 255);
      const y = model.predict({ shape: [5, 28, 28], dtype: "float32", data });
      const { first_five } = await (await fetch(`${folder}expected.json`)).json();
      return { summary: model.summary(), y: [...y.data], want: first_five.predictions.flat() };
    });
    assert.match(got.summary, /Total params: .*266,61/);
    assert.ok(Math.max(...got.y.map((v, i) => Math.abs(v - got.want[i]))) <= 1e-6);
  },

  "a model made and trained on a page without unsafe-eval lowers its loss": async ({ page }) => {
    const tab = await page({ csp: "script-src 'self' 'wasm-unsafe-eval'" });
    const [first, last] = await tab.evaluate(async () => {
      const { Sequential, layers } = await import("/keraunos.js");
      const net = [
        layers.Dense({ units: 8, activation: "tanh", input_shape: [2] }),
        layers.Dense({ units: 1, activation: "sigmoid" }),
      ];
      const model = Sequential(net, { seed: 1 });
      model.compile({ optimizer: "adam", loss: "binary_crossentropy" });
      const x = [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ];
      const losses = Array.from({ length: 300 }, () => model.trainOnBatch(x, [[0], [1], [1], [0]]));
      return [losses[0], losses.at(-1)];
    });
    assert.ok(last < first, `${first} to ${last}`);
    assert.deepEqual(tab.complaints, []);
  },

  "a .keras file is opened, predicts as in Node, trains, and is saved as a Blob that opens again": async ({
    page,
  }) => {
    const { loadModel } = await import("../../dist/node/index.js");
    const path = "models/lecture-mlp/model.keras";
    const x = Array.from({ length: 784 * 3 }, (_, i) => ((i * 37) % 256) / 255);
    // the same bits in Node and here only without fused multiplication and addition
    const model = await loadModel(`fixtures/${path}`, { deterministic: true });
    const wanted = model.predict({ shape: [3, 28, 28], dtype: "float32", data: Float32Array.from(x) });
    const tab = await page({ csp: "script-src 'self' 'wasm-unsafe-eval'" });
    const got = await tab.evaluate(
      async ([url, numbers]) => {
        const { loadModel } = await import("/keraunos.js");
        const response = await fetch(url);
        const model = await loadModel(await response.blob(), { deterministic: true });
        const images = { shape: [3, 28, 28], dtype: "float32", data: Float32Array.from(numbers) };
        const y = [...model.predict(images).data];
        const losses = Array.from({ length: 4 }, () => [model.trainOnBatch(images, [1, 2, 3])].flat()[0]);
        const blob = await model.save("trained.keras");
        const again = await loadModel(blob, { deterministic: true });
        const same = [model, again].map((m) => [...m.predict(images).data]);
        const refused = await loadModel("trained.keras").catch((e) => `${e.name} ${e.code}`);
        return { y, losses, blob: [blob instanceof Blob, blob.size > 100_000], same, refused };
      },
      [`/fixtures/${path}`, x],
    );
    assert.deepEqual(got.y, [...wanted.data]);
    assert.ok(got.losses[3] < got.losses[0], String(got.losses));
    assert.deepEqual(got.blob, [true, true]);
    assert.deepEqual(got.same[0], got.same[1]);
    assert.match(got.refused, /^ModelError /);
    assert.deepEqual(tab.complaints, []);
  },
};
