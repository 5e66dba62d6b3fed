import { readFileSync } from "node:fs";
import { build } from "../src/ir/build.ts";
import type { Model } from "../src/ir/model.ts";
import type { CallSpec, LayerSpec, ModelSpec, TensorRef } from "../src/ir/spec.ts";
import { ELEMENTS, type StoredArray, type StoredDType } from "../src/formats/stored-array.ts";

/** The models of fixtures/formats.py, written down once more as specs. */
export const fixture = (path: string): Uint8Array =>
  new Uint8Array(readFileSync(new URL(`../fixtures/formats/${path}`, import.meta.url)));

export const CASES = ["mlp", "normalized", "two_inputs", "nested", "tf_mlp", "tf_normalized", "tf_nested"];

interface Packed {
  readonly shape: number[];
  readonly dtype: StoredDType;
  readonly base64: string;
}
export interface Expected {
  readonly config: unknown;
  readonly weights: readonly (Packed & { readonly path: string })[];
  readonly optimizer: readonly (Packed & { readonly name: string })[];
  readonly inputs: readonly Packed[];
  readonly output: Packed;
}
export const expectedOf = (name: string): Expected =>
  JSON.parse(new TextDecoder().decode(fixture(`${name}/expected.json`))) as Expected;

export function unpack({ shape, dtype, base64 }: Packed): StoredArray {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  return { shape, dtype, data: ELEMENTS[dtype].read(bytes.buffer) };
}

const ref = (layer: string, node = 0): TensorRef => ({ kind: "tensor", layer, node, tensor: 0 });
const call = (...from: (TensorRef | TensorRef[])[]): CallSpec => ({ args: from, kwargs: {}, at: {} });
const layer = (class_name: string, name: string, config: object = {}, calls: CallSpec[] = []): LayerSpec => ({
  class_name,
  name,
  auto_name: false,
  config: config as Record<string, unknown>,
  calls,
  at: {},
});
const input = (name: string, size: number): LayerSpec =>
  layer("InputLayer", name, { batch_shape: [null, size] });
const spec = (
  class_name: ModelSpec["class_name"],
  name: string,
  layers: LayerSpec[],
  inputs: TensorRef[] = [],
  outputs: TensorRef[] = [],
): ModelSpec => ({ class_name, name, auto_name: false, trainable: true, layers, inputs, outputs, at: {} });

const mlp = spec("Sequential", "mlp", [
  input("x", 4),
  layer("Dense", "hidden", { units: 5, activation: "relu" }),
  layer("Dropout", "dropout", { rate: 0.25 }),
  layer("Dense", "scores", { units: 3, activation: "softmax" }),
]);

const normalized = spec("Sequential", "normalized", [
  input("x", 6),
  layer("Dense", "first", { units: 4 }),
  layer("BatchNormalization", "bn"),
  layer("Activation", "activation", { activation: "tanh" }),
  layer("Dense", "second", { units: 4, trainable: false }),
  layer("BatchNormalization", "bn_plain", { center: false, scale: false }),
  layer("Dense", "out", { units: 2 }),
]);

const two_inputs = spec(
  "Functional",
  "two_inputs",
  [
    input("left", 3),
    input("right", 2),
    layer("Dense", "lift", { units: 3, activation: "relu" }, [call(ref("right"))]),
    layer("Dense", "shared", { units: 3 }, [call(ref("left")), call(ref("lift"))]),
    layer("Concatenate", "join", {}, [call([ref("shared"), ref("shared", 1)])]),
    layer("Dense", "out", { units: 2 }, [call(ref("join"))]),
  ],
  [ref("left"), ref("right")],
  [ref("out")],
);

const inner = spec(
  "Functional",
  "inner",
  [
    input("inner_in", 5),
    layer("Dense", "inner_dense", { units: 5 }, [call(ref("inner_in"))]),
    layer("BatchNormalization", "inner_bn", {}, [call(ref("inner_dense"))]),
  ],
  [ref("inner_in")],
  [ref("inner_bn")],
);
const stack = spec("Sequential", "stack", [
  input("stack_in", 5),
  layer("Dense", "stack_a", { units: 5, trainable: false }),
  layer("BatchNormalization", "stack_bn"),
  layer("Dense", "stack_b", { units: 5, use_bias: false }),
]);
const nested = spec(
  "Functional",
  "nested",
  [
    input("x", 5),
    { ...layer("Functional", "inner", {}, [call(ref("x")), call(ref("x"))]), model: inner },
    { ...layer("Sequential", "stack", {}, [call(ref("inner", 1))]), model: stack },
    layer("Add", "sum", {}, [call([ref("inner"), ref("stack")])]),
    layer("Dense", "mid", { units: 3 }, [call(ref("sum"))]),
    layer("Dense", "out", { units: 2 }, [call(ref("mid"))]),
  ],
  [ref("x")],
  [ref("out")],
);

const SPECS: Record<string, ModelSpec> = { mlp, normalized, two_inputs, nested };

/** The model of a case; tf.keras's cases are the same models. */
export const modelOf = (name: string): Model => build(SPECS[name.replace("tf_", "")]);
