import { describe, expect, test } from "vitest";
import { Input, layers, Model, Sequential, toSpec } from "../src/builders.ts";
import { ModelError } from "../src/diagnostics.ts";
import { build } from "../src/ir/build.ts";
import { modelWeights } from "../src/ir/model.ts";
import { createModel } from "../src/runtime/model.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import type { Session } from "../src/runtime/session.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { wasmSession } from "../src/runtime/wasm-session.ts";
import { scriptSession } from "./script-session.ts";

type Made = Parameters<typeof toSpec>[0];
const stack = (shape: number[], ...rest: ReturnType<typeof layers.Flatten>[]): Made =>
  Sequential([Input({ shape }), ...rest]);
const two = (a: number[], b: number[], merge: ReturnType<typeof layers.Add>): Made => {
  const [x, y] = [Input({ shape: a }), Input({ shape: b })];
  return Model({ inputs: [x, y], outputs: merge([x, y]) });
};
const loose = (options: object): never => options as never;

describe("what does not fit is refused by name", () => {
  test.each<[RegExp, () => Made]>([
    [/4 dimensions.*\(None, 4, 3\)/, () => stack([4, 3], layers.MaxPooling2D())],
    [/at least 5 elements.*\(None, 4, 3\)/, () => stack([4, 3], layers.MaxPooling1D({ pool_size: 5 }))],
    [/pool_size.*1 or more.*Received: 0/, () => stack([4, 3], layers.AveragePooling1D({ pool_size: 0 }))],
    [/strides.*list of 2.*\[1,2,3\]/, () => stack([4, 3, 1], layers.MaxPooling2D({ strides: [1, 2, 3] }))],
    [
      /padding.*"valid", "same".*"full"/,
      () => stack([4, 3], layers.MaxPooling1D(loose({ padding: "full" }))),
    ],
    [/3 dimensions/, () => stack([4], layers.GlobalMaxPooling1D())],
    [/dims.*each of 1 to 2 once.*\[2,2\]/, () => stack([4, 3], layers.Permute({ dims: [2, 2] }))],
    [/3 dimensions, as dims says/, () => stack([4], layers.Permute({ dims: [2, 1] }))],
    [/2 dimensions/, () => stack([4, 3], layers.RepeatVector({ n: 2 }))],
    [/each axis once/, () => stack([4, 3], layers.LayerNormalization({ axis: [1, -2] }))],
    [/other than the batch/, () => stack([4, 3], layers.LayerNormalization({ axis: 0 }))],
    [/axes from -3 to 2/, () => stack([4, 3], layers.LayerNormalization({ axis: 3 }))],
    [
      /input_dim.*above which float32/,
      () => stack([4], layers.Embedding({ input_dim: 2 ** 24 + 1, output_dim: 1 })),
    ],
    [
      /quantization_config/,
      () => stack([4], layers.Embedding(loose({ input_dim: 3, output_dim: 1, quantization_config: 2 }))),
    ],
    [/a list of 2 inputs.*3/, () => Model({ inputs: [Input({ shape: [2] })], outputs: thrice() })],
    [/same size along both axes/, () => two([4, 6], [3, 4], layers.Dot({ axes: 1 }))],
    [/other than the batch/, () => two([4], [4], layers.Dot({ axes: 0 }))],
    [/axes that both inputs have/, () => two([4], [4, 4], layers.Dot({ axes: 2 }))],
    [/list of 2 axes.*\[1\]/, () => two([4], [4], layers.Dot({ axes: [1] }))],
    [/broadcast/, () => two([4], [3], layers.Maximum())],
  ])("%s", (message, make) => {
    expect(() => build(toSpec(make()).spec)).toThrow(ModelError);
    expect(() => build(toSpec(make()).spec)).toThrow(message);
  });
});

function thrice() {
  const x = Input({ shape: [2] });
  return layers.Subtract()([x, x, x]);
}

describe("Embedding", () => {
  test("input_dim is no shape of an input", () => {
    const model = Sequential([layers.Embedding({ input_dim: 7, output_dim: 2 })]);
    expect(build(toSpec(model).spec).built).toBe(false);
  });

  test("input_length is accepted and says nothing", () => {
    const model = stack([3], layers.Embedding({ input_dim: 7, output_dim: 2, input_length: 3 }));
    expect(build(toSpec(model).spec).layers[1].config).toMatchObject({ input_length: null });
  });

  test.each<[string, () => Session]>([
    ["interpreter", interpretSession],
    ["WebAssembly", () => wasmSession()],
    ["TypeScript", () => scriptSession()],
  ])("cuts off fractions, counts from the end, gives NaN elsewhere: %s", (_, session) => {
    const ir = build(toSpec(stack([9], layers.Embedding({ input_dim: 5, output_dim: 1 }))).spec);
    const arrays = new Map(
      modelWeights(ir).map(({ weight }) => [weight.path, { data: Float32Array.of(10, 11, 12, 13, 14) }]),
    );
    const model = createModel({ ir, session: session(), arrays });
    const data = Float32Array.of(0, 4, 1.9, -0.9, -1, -1.5, -5, 5, -6);
    const y = model.predict({ shape: [1, 9], dtype: "float32", data }) as Tensor;
    expect([...(y.data as Float32Array)]).toEqual([10, 14, 11, 10, 14, 14, 10, NaN, NaN]);
  });
});
