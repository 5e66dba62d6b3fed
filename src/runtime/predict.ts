import { ModelError } from "../diagnostics.ts";
import type { Model as IrModel, Value } from "../ir/model.ts";
import type { NestOf } from "../ir/spec.ts";
import { numel, type Nest, type Tensor } from "../ir/tensor.ts";
import { outputResult } from "../ir/train.ts";
import { type Arrays, feeds, fill, inputArrays } from "./arrays.ts";
import { bind, type Bound, type Core, executable, isRecord } from "./core.ts";

export interface PredictOptions {
  /** Samples computed at a time; 32 if not given. */
  readonly batch_size?: number;
}

/** A size that must be a whole number of 1 or more. */
export function positive(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new ModelError({ code: "bad-option", message: `${name} does not fit.`, expected: "a whole number of 1 or more", received: String(value) });
}

/** Outputs of all samples, computed in chunks. */
export function predictAll(core: Core, arrays: Arrays, batchSize: number): Tensor[] {
  const bound = bind(core, arrays.inputs);
  const size = Math.min(positive("batch_size", batchSize), arrays.n);
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
    return Object.fromEntries(Object.entries(nest).map(([key, part]) => [key, visit(part)]));
  };
  return visit(ir.outputs);
}

/** `model.predict`: a tensor, or several in the structure of the model's outputs. */
export function predict(core: Core, x: unknown, options: PredictOptions): Nest<Tensor> {
  const tensors = predictAll(core, inputArrays(core, x), options.batch_size ?? 32);
  return structured(core.ir, tensors);
}
