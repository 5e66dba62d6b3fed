import { ModelError } from "../diagnostics.ts";
import { byKey, leaves, type Model as IrModel, type Value } from "../ir/model.ts";
import type { NestOf } from "../ir/spec.ts";
import { numel, type Nest, type Tensor } from "../ir/tensor.ts";
import { outputResult } from "../ir/train.ts";
import { type Arrays, feeds, fill, inputArrays } from "./arrays.ts";
import {
  assertBatches,
  bind,
  type Bound,
  type Core,
  executable,
  isRecord,
  kindOf,
  type Repeat,
} from "./core.ts";
import { isTensor } from "./data.ts";

export interface PredictOptions {
  /** Samples computed at a time; 32 if not given. */
  readonly batch_size?: number;
}

/** A size that must be a whole number of 1 or more. */
export function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ModelError({
    code: "bad-option",
    message: `${name} does not fit.`,
    expected: "a whole number of 1 or more",
    received: String(value),
  });
}

/** Outputs of all samples, computed in chunks. */
export function predictAll(core: Core, arrays: Arrays, batchSize: number): Tensor[] {
  const bound = bind(core, arrays.inputs);
  const size = Math.min(positive("batch_size", batchSize), arrays.n);
  assertBatches(bound.predict, size, arrays.n);
  const run = executable(core, bound.predict, size);
  const list = feeds(arrays, bound, new Set(bound.predict.graph.inputs.map((node) => node.attrs.name)));
  const made = emptyOutputs(bound, arrays.n);
  for (let from = 0; from < arrays.n; from += size) {
    const to = Math.min(from + size, arrays.n);
    fill(run, list, from, to);
    run.run(to - from);
    made.forEach(({ name, row, tensor }) => (tensor.data as Float32Array).set(run.result(name), from * row));
  }
  return made.map(({ tensor }) => tensor);
}

function emptyOutputs({ outputs }: Bound, n: number): { name: string; row: number; tensor: Tensor }[] {
  return outputs.shapes.map((sizes, k) => {
    const shape = [n, ...(sizes.slice(1) as number[])];
    const tensor: Tensor = { shape, dtype: "float32", data: new Float32Array(numel(shape)) };
    return { name: outputResult(outputs, k), row: numel(shape.slice(1)), tensor };
  });
}

/** Tensors in the structure of the model's outputs. */
export function structured(ir: IrModel, tensors: readonly Tensor[]): Nest<Tensor> {
  let next = 0;
  const visit = (nest: NestOf<Value>): Nest<Tensor> => {
    if (Array.isArray(nest)) return (nest as readonly NestOf<Value>[]).map(visit);
    if (!isRecord(nest)) return tensors[next++];
    const found = new Map(byKey(nest).map(([key, part]) => [key, visit(part)]));
    return Object.fromEntries(Object.keys(nest).map((key) => [key, found.get(key)!]));
  };
  return visit(ir.outputs);
}

/** `model.predict`: a tensor, or several in the structure of the model's outputs. */
export function predict(core: Core, x: unknown, options: PredictOptions): Nest<Tensor> {
  const size = options.batch_size ?? 32;
  const { repeat } = core;
  if (repeat && size >= repeat.shape[0] && isLike(x, repeat)) return again(repeat, x);
  const arrays = inputArrays(core, x);
  const values = leaves(core.ir.outputs);
  const tensors = predictAll(core, arrays, size).map((tensor, k) => typed(tensor, values[k].dtype));
  core.repeat = repeatable(core, x, arrays, tensors, size);
  return structured(core.ir, tensors);
}

/** What was computed in float32 as the type that Keras gives it: whole numbers and truth values. */
function typed({ shape, data }: Tensor, dtype: string): Tensor {
  const numbers = data as Float32Array;
  if (dtype === "bool" || dtype === "uint8") return { shape, dtype, data: Uint8Array.from(numbers) };
  return /^u?int/.test(dtype)
    ? { shape, dtype: "int32", data: Int32Array.from(numbers) }
    : { shape, dtype: "float32", data: numbers };
}

/** A call just like the one before need not be checked again: for small models that is most of its time. */
function isLike(x: unknown, { shape }: Repeat): x is Tensor {
  if (typeof x !== "object" || x === null) return false;
  const given = x as Partial<Tensor>;
  if (given.dtype !== "float32" || !Array.isArray(given.shape) || given.shape.length !== shape.length)
    return false;
  for (let k = 0; k < shape.length; k++) if (given.shape[k] !== shape[k]) return false;
  return given.data instanceof Float32Array && given.data.length === numel(shape);
}

function again({ run, input, output, outputShape }: Repeat, x: Tensor): Tensor {
  run.input(input).set(x.data as Float32Array);
  run.run(outputShape[0]);
  return { shape: [...outputShape], dtype: "float32", data: run.result(output).slice() };
}

function repeatable(
  core: Core,
  x: unknown,
  arrays: Arrays,
  tensors: readonly Tensor[],
  size: number,
): Repeat | undefined {
  const one = arrays.inputs.length === 1 && tensors.length === 1 && kindOf(core.ir.outputs) === "one";
  const shape = arrays.inputs[0].shape;
  if (tensors.some(({ dtype }) => dtype !== "float32")) return undefined;
  if (!one || size < arrays.n || !isTensor(x) || x.shape.join() !== shape.join()) return undefined;
  const { inputs, outputs, predict: program } = bind(core, arrays.inputs);
  const run = executable(core, program, arrays.n);
  return {
    shape,
    run,
    input: inputs[0].name,
    output: outputResult(outputs, 0),
    outputShape: tensors[0].shape,
  };
}
