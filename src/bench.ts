import { invent } from "./bench-data.ts";
import { simdPeak } from "./bench-peak.ts";
import { type Work, workOf } from "./bench-work.ts";
import type { InputShapes } from "./bundle-source.ts";
import { ModelError } from "./diagnostics.ts";
import type { Origin } from "./ir/graph.ts";
import { learningRate } from "./ir/variables.ts";
import { type Arrays, feeds, fill, trainingArrays } from "./runtime/arrays.ts";
import { bind, type Core, executable } from "./runtime/core.ts";
import type { Model } from "./runtime/model.ts";
import { programFor } from "./runtime/programs.ts";
import type { Executable, Parts } from "./runtime/session.ts";

export interface ProfileOptions {
  /** Rows of one call. */
  readonly batch: number;
  /** A step of training instead of a prediction; the model must be compiled, and its weights change. */
  readonly training: boolean;
  /** Sizes that the model leaves open. */
  readonly input_shape?: InputShapes | undefined;
  /** How long to measure. */
  readonly seconds: number;
}

/** A kernel: median milliseconds, and what it does. */
export interface KernelTime extends Work {
  readonly name: string;
  readonly says: string;
  readonly from: Origin;
  readonly ms: number;
}

export interface Profile {
  readonly batch: number;
  readonly training: boolean;
  /** Multiplications with additions are one instruction, in the kernels as in the peak. */
  readonly fma: boolean;
  /** GFLOP/s of one thread, measured at the start. */
  readonly peak: number;
  /** In the order in which they run. */
  readonly kernels: readonly KernelTime[];
  /** Median milliseconds of all kernels in one call from JavaScript. */
  readonly run_ms: number;
  /** And of the public call around it: data in, result out. */
  readonly call_ms: number;
}

/** So small that weights stay what they are and no moment becomes denormal, however often the step is repeated. */
const RATE = 1e-6;
/** V8 runs baseline code first: so much of the time passes before what is counted, for the model and for the peak. */
const WARM = 0.5;
const PEAK = 0.25;

/** Times every kernel of a model as `predict` (or `trainOnBatch`) runs it, on invented data; throws ModelErrors where the model cannot run. */
export function profile(model: Model, options: ProfileOptions): Profile {
  const { batch, training, seconds } = options;
  const { x, y } = invent(model.core, batch, options.input_shape, training);
  const run = prepared(model.core, trainingArrays(model.core, x, y, undefined), training);
  const { fma, kernels } = partsOf(run);
  const peak = simdPeak(fma, PEAK * seconds);
  const call = training
    ? () => model.trainOnBatch(x, y)
    : () => model.predict(x.length === 1 ? x[0] : x, { batch_size: batch });
  call();
  if (training) model.core.session.view(learningRate)[0] = RATE;
  const works = [...kernels.map((part) => () => part.run(batch)), () => run.run(batch), call];
  interleaved(works, WARM * seconds);
  const [call_ms, run_ms, ...rest] = interleaved(works, seconds).reverse();
  const times = rest.reverse();
  return {
    ...{ batch, training, fma, peak, run_ms, call_ms },
    kernels: kernels.map(({ kernel }, k) => ({
      ...{ name: kernel.name, says: kernel.says, from: kernel.from[0] ?? COPY },
      ...{ ms: times[k], ...workOf(kernel, batch) },
    })),
  };
}

/** Of kernels that only put a new value in its place. */
const COPY: Origin = { layer: "copies", part: "update" };

function partsOf({ parts }: Executable): Parts {
  if (parts) return parts;
  throw new ModelError({
    code: "no-kernels",
    message: "The interpreter has no kernels to measure.",
    expected: "the engine wasm",
  });
}

/** The program with its inputs filled in, run once. */
function prepared(core: Core, arrays: Arrays, training: boolean): Executable {
  const bound = bind(core, arrays.inputs);
  const program = training ? programFor(core, bound, "train", arrays) : bound.predict;
  const run = executable(core, program, arrays.n);
  fill(run, feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name))), 0, arrays.n);
  run.run(arrays.n);
  return run;
}

/** Median milliseconds of each, all in turn for about so long; what looking at the clock takes is not theirs. */
function interleaved(works: readonly (() => unknown)[], seconds: number): number[] {
  const found: number[][] = works.map(() => []);
  const clock: number[] = [];
  const end = performance.now() + 1000 * seconds;
  do {
    clock.push(timed(() => {}));
    works.forEach((work, k) => found[k].push(timed(work)));
  } while (performance.now() < end);
  return found.map((times) => Math.max(0, median(times) - median(clock)));
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1];
