import { describe, expect, test } from "vitest";
import { Input, loadModel, Model, ops } from "../src/index.ts";
import { build } from "../src/ir/build.ts";
import { printIr } from "../src/ir/print-ir.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { inWholeAxes } from "../src/ir/whole-axes.ts";
import { readCases } from "./operation-cases.ts";

interface Written {
  readonly config: { readonly layers: readonly Readonly<Record<string, unknown>>[] };
}
/** A model as Keras 3 writes it into `.h5`: its layers and operations say no module. */
const bare = (model: Written): unknown => ({
  class_name: "Functional",
  config: {
    ...model.config,
    layers: model.config.layers.map(({ module: _m, registered_name: _r, ...rest }) => rest),
  },
});

describe("operations in .h5", () => {
  test.each(readCases("operations").map(({ facts }) => [facts.name, facts.model as Written] as const))(
    "%s is told from a layer",
    (_, model) => {
      const read = (value: unknown): string => printIr(build(kerasModel(value, undefined, "3.15.1")));
      expect(read(bare(model))).toBe(read(model));
    },
  );
});

const input = (shape: readonly (number | null)[]): object => ({
  module: "keras.layers",
  class_name: "InputLayer",
  config: { name: "x", batch_shape: shape, dtype: "float32" },
  name: "x",
  inbound_nodes: [],
});
const x = {
  class_name: "__keras_tensor__",
  config: { shape: [], dtype: "float32", keras_history: ["x", 0, 0] },
};
const operation = (class_name: string, config: object, args: readonly unknown[]): string =>
  JSON.stringify({
    module: "keras.src.models.functional",
    class_name: "Functional",
    config: {
      name: "m",
      layers: [
        input([null, 3, 2]),
        {
          module: "keras.src.ops.numpy",
          class_name,
          config: { name: "op", ...config },
          name: "op",
          inbound_nodes: [{ args, kwargs: {} }],
        },
      ],
      input_layers: [["x", 0, 0]],
      output_layers: [["op", 0, 0]],
    },
  });

describe("lists of numbers in the place of a tensor", () => {
  const ask = async (text: string): Promise<unknown> => {
    const model = await loadModel(text);
    return model.predict([
      [
        [1, 2],
        [3, 4],
        [Infinity, 6],
      ],
    ]);
  };
  test("take chooses along any axis, from the end too", async () => {
    const y = await ask(operation("Take", { axis: 1 }, [x, [2, 0, -2]]));
    expect(y).toMatchObject({ shape: [1, 3, 2], data: new Float32Array([Infinity, 6, 1, 2, 3, 4]) });
    const z = await ask(operation("Take", { axis: -1 }, [x, [[1], [0]]]));
    expect(z).toMatchObject({ shape: [1, 3, 2, 1], data: new Float32Array([2, 1, 4, 3, 6, Infinity]) });
  });
  test("add takes a row", async () => {
    const y = await ask(operation("Add", {}, [x, [10, 0.5]]));
    expect(y).toMatchObject({ shape: [1, 3, 2], data: new Float32Array([11, 2.5, 13, 4.5, Infinity, 6.5]) });
  });
});

test("what tf.keras cannot read again is not written for it", async () => {
  const model = await loadModel(operation("Einsum", { subscripts: "abc,abd->acd" }, [x, x]));
  await expect(model.toBytes("h5", { keras: 2 })).rejects.toMatchObject({ code: "not-in-keras-2" });
});

test("a model within a Sequential gives a tensor and no list of one", async () => {
  const dense = (name: string, units: number): object => ({
    module: "keras.layers",
    class_name: "Dense",
    config: { name, units },
  });
  const functional = JSON.parse(operation("Add", {}, [x, 1])) as object;
  const layers = [input([null, 3, 2]), functional, dense("d", 5)];
  const config = { name: "s", layers };
  const model = await loadModel(JSON.stringify({ module: "keras", class_name: "Sequential", config }), {
    seed: 0,
  });
  const written = JSON.parse(
    new TextDecoder().decode((await model.toBytes("json")) as Uint8Array),
  ) as Written;
  // Keras since 3.11 stacks such a list: another shape, and no error
  expect(written.config.layers[1].config).toMatchObject({ output_layers: ["op", 0, 0] });
});

test("tf.keras is told how a transposed convolution is padded", async () => {
  const config = { name: "c", filters: 2, kernel_size: 3, strides: 2, output_padding: [1, 0] };
  const layers = [input([null, 4, 4, 1]), { module: "keras.layers", class_name: "Conv2DTranspose", config }];
  const model = await loadModel(
    JSON.stringify({ module: "keras", class_name: "Sequential", config: { name: "s", layers } }),
    { seed: 0 },
  );
  const bytes = (await model.toBytes("json", { keras: 2 })) as Uint8Array;
  const written = JSON.parse(new TextDecoder().decode(bytes)) as Written;
  expect(written.config.layers[1].config).toMatchObject({ output_padding: [1, 0] });
  expect((await loadModel(bytes, { seed: 0 })).summary()).toContain("(None, 10, 9, 2)");
});

test("tf.keras's own call with states in the input's list is read", () => {
  const said = { initial_state: null, constants: null };
  const at = (tensor: number): unknown[] => ["first", 0, tensor, said];
  const lstm = {
    class_name: "LSTM",
    config: { name: "lstm", units: 2, return_state: true, return_sequences: true },
  };
  const wrapped = (name: string, inbound_nodes: unknown): object => ({
    class_name: "Bidirectional",
    config: { name, layer: lstm, merge_mode: "concat" },
    name,
    inbound_nodes,
  });
  const model = build(
    kerasModel(
      {
        class_name: "Functional",
        config: {
          name: "m",
          layers: [
            {
              class_name: "InputLayer",
              config: { name: "x", batch_input_shape: [null, 3, 2] },
              name: "x",
              inbound_nodes: [],
            },
            wrapped("first", [[["x", 0, 0, said]]]),
            wrapped("second", [[0, 1, 2, 3, 4].map(at)]),
          ],
          input_layers: [["x", 0, 0]],
          output_layers: [["second", 0, 0]],
        },
      },
      undefined,
      "2.15.0",
    ),
  );
  expect(printIr(model)).toContain("second[0][0] (None, 3, 4)");
});

test("an index of .h5 names the axes that an ellipsis stands for", async () => {
  const full = { kind: "slice", start: null, stop: null, step: null } as const;
  const ellipsis = { kind: "ellipsis" } as const;
  expect(inWholeAxes([ellipsis, 0], 3)).toEqual([full, full, 0]);
  expect(inWholeAxes([null, full, ellipsis], 3)).toEqual([null, full, full, full]);
  expect(inWholeAxes(ellipsis, 3)).toEqual([full, full, full]);
  expect(inWholeAxes([full, 1], 3)).toEqual([full, 1]);
  const model = await loadModel(
    operation("GetItem", {}, [x, [{ class_name: "__ellipsis__", config: {} }, 0]]),
  );
  const bytes = (await model.toBytes("h5")) as Uint8Array;
  expect(Buffer.from(bytes).toString("latin1")).not.toContain("__ellipsis__");
  const read = await loadModel(bytes);
  expect(
    read.predict([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
    ]),
  ).toMatchObject({ data: new Float32Array([1, 3, 5]) });
});

test("a slice with ... is said to Keras 2 with whole axes in its place, which it can read again", async () => {
  const x = Input({ shape: [4, 6], name: "x" });
  const model = Model({
    inputs: x,
    outputs: [
      ops.getItem(x, ["...", { start: 1, stop: 3 }]),
      ops.getItem(x, ["...", null]),
      ops.getItem(x, "..."),
    ],
  });
  const { config } = JSON.parse(
    new TextDecoder().decode((await model.toBytes("json", { keras: 2 })) as Uint8Array),
  ) as { config: { layers: { class_name: string; inbound_nodes: unknown[][] }[] } };
  const slices = config.layers.filter(({ class_name }) => class_name === "SlicingOpLambda");
  const whole = { start: null, stop: null, step: null };
  expect(
    slices.map(({ inbound_nodes: [node] }) => (node.at(-1) as { slice_spec: unknown }).slice_spec),
  ).toEqual([
    [whole, whole, { start: 1, stop: 3, step: null }],
    [whole, whole, whole, null],
    [whole, whole, whole],
  ]);
});
