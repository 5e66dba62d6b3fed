import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { Input, layers, Model as modelOf, type ModelBuilder, Sequential, toSpec } from "../src/builders.ts";
import { compileTo, type CompileToOptions } from "../src/compile-to.ts";
import { build } from "../src/ir/build.ts";
import { leaves } from "../src/ir/model.ts";
import type { Tensor } from "../src/ir/tensor.ts";
import { kerasModel } from "../src/parser/keras-json.ts";
import { interpretSession } from "../src/runtime/interpret-session.ts";
import { createModel, type Model } from "../src/runtime/model.ts";

/** A bundle as its `.d.ts` describes it. */
export interface Bundle {
  predict(x: unknown): Float32Array | Record<string, Float32Array>;
  verify(): { ok: boolean; maxError: number };
  readonly weights: Record<string, Float32Array>;
  trainStep(x: unknown, y: unknown): number;
  readonly gradients: Record<string, Float32Array>;
  readonly optimizer: Record<string, Float32Array>;
}
type Load = (bytes?: unknown) => Promise<Bundle>;

type Arrays = Record<string, Tensor>;

/** A model on the reference interpreter, made anew each time, and data for it by name: any number of rows. */
export interface Case {
  readonly name: string;
  fresh(optimizer?: unknown): Model;
  x(rows: number): Arrays;
  y(rows: number): Arrays;
}

export const TARGETS = ["ts", "js", "wasm"] as const;
export const OPTIMIZERS = [
  { class_name: "SGD", config: { learning_rate: 0.05 } },
  { class_name: "SGD", config: { learning_rate: 0.02, momentum: 0.9, name: "with_momentum" } },
  { class_name: "Adam", config: { learning_rate: 0.01 } },
];

/** The files of a model's bundle, which is always called `m`. */
export const filesOf = (model: Model, options: CompileToOptions = {}): Map<string, Uint8Array> =>
  compileTo(model.core, { name: "m", ...options }).files;
export const textOf = (files: ReadonlyMap<string, Uint8Array>, name: string): string =>
  new TextDecoder().decode(files.get(name));

/** The `load` of a bundle: of its `.ts` where there is one, which is the same module. */
export async function moduleOf(files: ReadonlyMap<string, Uint8Array>): Promise<Load> {
  const { code } = files.has("m.ts")
    ? await transform(textOf(files, "m.ts"), { loader: "ts", target: "es2022" })
    : { code: textOf(files, "m.js") };
  const url = `data:text/javascript;base64,${Buffer.from(code).toString("base64")}`;
  return ((await import(/* @vite-ignore */ url)) as { load: Load }).load;
}
export const loadBundle = async (model: Model, options: CompileToOptions = {}): Promise<Bundle> =>
  (await moduleOf(filesOf(model, options)))();

/** Numbers in [-1, 1) from a counter. */
export const noise = (size: number, from = 0): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => (Math.imul(i + from + 1, 0x9e3779b1) >>> 8) / 0x800000 - 1);
export const largest = (x: ArrayLike<number>): number =>
  Array.from(x).reduce((most, v) => Math.max(most, Math.abs(v)), 0);
/** The largest difference as a share of the largest wanted value; NaN equals nothing. */
export function apart(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (found.length !== wanted.length) return NaN;
  const most = Array.from(found).reduce((m, v, i) => Math.max(m, Math.abs(v - wanted[i])), 0);
  return most / Math.max(largest(wanted), 1e-30);
}

/** The numbers alone, as a bundle takes them. */
export const numbers = (arrays: Arrays): Record<string, Float32Array | Int32Array> =>
  Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data as Float32Array]));

/** What the reference interpreter predicts, by output. */
export function predicted(model: Model, x: Arrays): Record<string, Float32Array> {
  const y = model.predict(x);
  const list = "dtype" in y ? [y] : Array.isArray(y) ? y : model.outputs.map((name) => (y as Arrays)[name]);
  return Object.fromEntries(
    model.outputs.map((name, k) => [name, (list as Tensor[])[k].data as Float32Array]),
  );
}
/** What a bundle predicts, by output. */
export function predictedBy(bundle: Bundle, model: Model, x: unknown): Record<string, Float32Array> {
  const y = bundle.predict(x);
  return y instanceof Float32Array ? { [model.outputs[0]]: y } : y;
}

interface Stored {
  readonly offset: number;
  readonly shape: readonly number[];
  readonly dtype: string;
}
interface Net {
  readonly config: unknown;
  readonly compile: Readonly<Record<string, unknown>>;
  readonly weights: readonly (Stored & { readonly path: string })[];
  readonly x: Readonly<Record<string, Stored>>;
  readonly y: Stored | readonly Stored[];
}

/** The first rows of an array, from the start again where there are not enough. */
function firstRows({ shape, data, dtype }: Tensor, rows: number): Tensor {
  const size = (data as Float32Array).length;
  const row = size / shape[0];
  const values = Array.from({ length: rows * row }, (_, i) => (data as Float32Array)[i % size]);
  const made = dtype === "int32" ? Int32Array.from(values) : Float32Array.from(values);
  return { dtype, shape: [rows, ...shape.slice(1)], data: made };
}

/** A net, weights and data that real Keras made. */
function kerasCase(name: string): Case {
  const folder = "fixtures/training/nets";
  const net = JSON.parse(readFileSync(`${folder}/${name}.json`, "utf8")) as Net;
  const { buffer } = Uint8Array.from(readFileSync(`${folder}/${name}.bin`));
  const array = ({ offset, shape, dtype }: Stored): Tensor => {
    const size = shape.reduce((a, b) => a * b, 1);
    return dtype === "int32"
      ? { shape, dtype, data: new Int32Array(buffer, offset, size) }
      : { shape, dtype: "float32", data: new Float32Array(buffer, offset, size) };
  };
  const fresh = (optimizer: unknown = "sgd"): Model => {
    const arrays = new Map(net.weights.map((w) => [w.path, { data: array(w).data as Float32Array }]));
    const ir = build(kerasModel(net.config));
    const model = createModel({ ir, session: interpretSession(), arrays, seed: 5 });
    model.compile({ ...net.compile, optimizer });
    return model;
  };
  const labels = [net.y].flat() as Stored[];
  return {
    name,
    fresh,
    x: (rows) =>
      Object.fromEntries(Object.entries(net.x).map(([key, x]) => [key, firstRows(array(x), rows)])),
    y: (rows) =>
      Object.fromEntries(fresh().outputs.map((key, k) => [key, firstRows(array(labels[k]), rows)])),
  };
}

/** A model made here; `classes` counts those of outputs whose labels are class numbers. */
function builtCase(name: string, make: () => ModelBuilder<never>, loss: unknown, classes = 0): Case {
  const fresh = (optimizer: unknown = "sgd"): Model => {
    const { spec, seed = 3 } = toSpec(make() as unknown as ModelBuilder);
    const model = createModel({ ir: build(spec, { seed }), session: interpretSession(), seed });
    model.compile({ optimizer, loss });
    return model;
  };
  const { ir } = fresh().core;
  const random = (place: (typeof ir)["inputs"], names: readonly string[], rows: number): Arrays =>
    Object.fromEntries(
      leaves(place).map(({ shape }, k): [string, Tensor] => {
        const sizes = [rows, ...(shape.slice(1) as number[])];
        const data = noise(
          sizes.reduce((a, b) => a * b, 1),
          1000 * k,
        );
        return [names[k], { shape: sizes, dtype: "float32", data }];
      }),
    );
  const classNumbers = (rows: number): Tensor => ({
    shape: [rows],
    dtype: "int32",
    data: Int32Array.from({ length: rows }, (_, i) => (i * 7) % classes),
  });
  return {
    name,
    fresh,
    x: (rows) => random(ir.inputs, fresh().inputs, rows),
    y: (rows) =>
      classes > 0 ? { [fresh().outputs[0]]: classNumbers(rows) } : random(ir.outputs, fresh().outputs, rows),
  };
}

function reshaped(): ModelBuilder<never> {
  const image = Input({ shape: [4, 6], name: "image" });
  const flags = Input({ shape: [5], name: "flags" });
  const wide = layers.Reshape({ target_shape: [8, 3] })(image);
  const soft = layers.Softmax({ axis: 1 })(layers.Dense({ units: 3, activation: "tanh" })(wide));
  const flat = layers.Flatten()(layers.Multiply()([soft, wide]));
  const joined = layers.Concatenate()([flat, layers.Rescaling({ scale: 0.5, offset: 1 })(flags)]);
  return modelOf({
    inputs: [image, flags],
    outputs: layers.Dense({ units: 2 })(joined),
    name: "reshaped",
  }) as never;
}

function nested(): ModelBuilder<never> {
  const half = Sequential([layers.Dense({ units: 6, activation: "gelu", input_shape: [6] })], {
    name: "half",
  });
  const a = Input({ shape: [6], name: "a" });
  const b = Input({ shape: [6], name: "b" });
  const sum = layers.Add({ name: "sum" })([half(a), half(half(b))]);
  const gate = layers.Dense({ units: 2, activation: "sigmoid", name: "gate" })(sum);
  return modelOf({ inputs: { a, b }, outputs: { sum, gate }, name: "nested" }) as never;
}

/** No output is computed from its second input. */
function unread(): ModelBuilder<never> {
  const [a, b] = [Input({ shape: [6], name: "a" }), Input({ shape: [2], name: "b" })];
  return modelOf({ inputs: [a, b], outputs: layers.Dense({ units: 3 })(a), name: "unread" }) as never;
}

const odd = (): ModelBuilder<never> =>
  Sequential(
    [
      layers.Dense({ units: 7, activation: "selu", input_shape: [5], name: "größe 1'2\"`${x}`" }),
      layers.BatchNormalization({ name: "class" }),
      layers.Dropout({ rate: 0.4, seed: 11, name: "f" }),
      layers.Dense({ units: 4, activation: "softmax", name: "__proto__" }),
    ],
    { name: "*/ odd <!-- names" },
  ) as never;

/** Real models of every kind that a bundle meets. */
export const CASES: readonly Case[] = [
  ...["lecture", "normalised", "two_by_two", "shared", "channels", "logits", "penalised"].map(kerasCase),
  builtCase("reshaped", reshaped, "mse"),
  builtCase("nested", nested, { sum: "mae", gate: "mse" }),
  builtCase("an input for nothing", unread, "mse"),
  builtCase("odd names", odd, "sparse_categorical_crossentropy", 4),
];
