import { ModelError } from "../diagnostics.ts";
import type { Schema } from "../ir/fields/schema.ts";
import {
  anything,
  checkOptions,
  flag,
  number,
  oneOf,
  type OptionSchemas,
  orNull,
  seed,
  whole,
} from "../ir/options.ts";
import { seedVariables } from "../ir/variables.ts";
import { type Arrays, classWeights, feeds, fill, rows, trainingArrays } from "./arrays.ts";
import type { BuiltIn, Callback, Logs, Watched } from "./callbacks/callback.ts";
import { History } from "./callbacks/history.ts";
import { ProgressLogger } from "./callbacks/progress-logger.ts";
import { assertBatches, bind, type Bound, type Core, executable, type Program } from "./core.ts";
import { evaluation, verbosity, watched } from "./evaluate.ts";
import { positive } from "./predict.ts";
import { compareText, programFor, readTrackers, resetTrackers, stepped } from "./programs.ts";
import { pythonRandom, seedWord, shuffledOrder } from "./random.ts";

/** Keras's `fit` options. */
export interface FitOptions {
  readonly epochs?: number;
  readonly batch_size?: number;
  /** `[x, y]` or `[x, y, sample_weight]`. */
  readonly validation_data?: readonly unknown[];
  /** Share of the samples, the last ones, taken before shuffling. */
  readonly validation_split?: number;
  readonly validation_batch_size?: number;
  /** Every how many epochs, or after which (counted from 1). */
  readonly validation_freq?: number | readonly number[];
  readonly shuffle?: boolean;
  readonly sample_weight?: unknown;
  readonly class_weight?: Readonly<Record<number, number>>;
  readonly callbacks?: Callback | readonly Callback[];
  readonly initial_epoch?: number;
  /** Seeds the order of samples and dropout as Keras on TensorFlow does; the model's own seed if not given. */
  readonly seed?: number;
  /** 0 silent, 1 a bar, 2 a line an epoch; "auto", the default: a bar on a terminal, silent elsewhere. */
  readonly verbose?: number | "auto";
}

const hooks: Schema = { type: "object", description: "callbacks, objects with hooks" };
const OPTIONS: OptionSchemas<FitOptions> = {
  epochs: whole(0),
  batch_size: orNull(whole(1)),
  validation_data: orNull({ type: "array", description: "[x, y] or [x, y, sample_weight]" }),
  validation_split: orNull(number),
  validation_batch_size: orNull(whole(1)),
  validation_freq: {
    anyOf: [whole(1), { type: "array", items: whole(1) }],
    description: "epochs, 1 or more",
  },
  shuffle: flag,
  sample_weight: anything,
  class_weight: orNull({ type: "object", description: "a record of weights by class number" }),
  callbacks: {
    anyOf: [{ type: "null" }, hooks, { type: "array", items: hooks }],
    description: hooks.description!,
  },
  initial_epoch: whole(0),
  seed,
  verbose: oneOf(0, 1, 2, "auto"),
};

interface Job {
  readonly core: Core;
  readonly model: Watched;
  readonly arrays: Arrays;
  readonly validation: Arrays | undefined;
  readonly options: FitOptions;
  readonly bound: Bound;
  readonly program: Program;
  readonly size: number;
  readonly callbacks: readonly Callback[];
  /** Callbacks that watch validation: all but the progress bar. */
  readonly testers: readonly Callback[];
}

/** Keras's `fit`; resolves to the History. */
export async function fit(
  core: Core,
  model: Watched,
  x: unknown,
  y: unknown,
  options: FitOptions,
): Promise<History> {
  checkOptions("fit", options, OPTIONS);
  const history = History();
  const job = prepare(core, model, x, y, options, history);
  const { callbacks } = job;
  reseed(core, options.seed);
  model.stopTraining = false;
  for (const c of callbacks) await c.on_train_begin?.({});
  let logs: Logs = {};
  for (let epoch = options.initial_epoch ?? 0; epoch < (options.epochs ?? 1); epoch++) {
    logs = await oneEpoch(job, epoch);
    if (model.stopTraining) break;
  }
  for (const c of callbacks) await c.on_train_end?.(logs);
  return history;
}

function prepare(
  core: Core,
  model: Watched,
  x: unknown,
  y: unknown,
  options: FitOptions,
  history: History,
): Job {
  const { validation_split: split, validation_data: given, class_weight } = options;
  const all = trainingArrays(core, x, y, options.sample_weight);
  const cut = given || !split ? all.n : splitAt(all.n, split);
  const part = cut < all.n ? rows(all, 0, cut) : all;
  const arrays = class_weight ? classWeights(part, class_weight) : part;
  const validation = given ? validationArrays(core, given) : cut < all.n ? rows(all, cut, all.n) : undefined;
  // validation data is refused before training, not after it
  if (validation) {
    const watching = programFor(core, bind(core, validation.inputs), "evaluate", validation);
    assertBatches(watching, Math.min(validationSize(options), validation.n), validation.n);
  }
  const bound = bind(core, arrays.inputs);
  const size = Math.min(positive("batch_size", options.batch_size ?? 32), arrays.n);
  const program = programFor(core, bound, "train", arrays);
  assertBatches(program, size, arrays.n);
  const user = [options.callbacks ?? []].flat().map(withBatchHooks);
  const bar = progressBar(core, options, Math.ceil(arrays.n / size));
  const testers = [...user, history];
  const callbacks = [...testers, ...bar];
  const verbose = verbosity(core, options.verbose);
  for (const c of callbacks)
    enter(c, core, model, { epochs: options.epochs ?? 1, steps: Math.ceil(arrays.n / size), verbose });
  return { core, model, arrays, validation, options, bound, program, size, callbacks, testers };
}

function splitAt(n: number, split: number): number {
  const cut = Math.floor(n * (1 - split));
  if (split > 0 && split < 1 && cut > 0 && cut < n) return cut;
  const expected = "a share between 0 and 1 that leaves samples on both sides";
  throw new ModelError({
    code: "validation-split",
    message: `validation_split does not fit ${n} samples.`,
    expected,
    received: String(split),
  });
}

function validationArrays(core: Core, given: readonly unknown[]): Arrays {
  if (Array.isArray(given) && (given.length === 2 || given.length === 3))
    return trainingArrays(core, given[0], given[1], given[2]);
  throw new ModelError({
    code: "validation-data",
    message: "validation_data does not fit.",
    expected: "[x, y] or [x, y, sample_weight]",
    received: `a list of ${given.length}`,
  });
}

function progressBar(core: Core, options: FitOptions, steps: number): Callback[] {
  const verbose = verbosity(core, options.verbose);
  if (verbose === 0) return [];
  const { terminal, write } = core.platform;
  const bar = ProgressLogger({ epochs: options.epochs ?? 1, steps, verbose, terminal, write });
  const { on_epoch_begin, on_train_batch_end, on_epoch_end } = bar;
  return [{ on_epoch_begin, on_train_batch_end, on_epoch_end }];
}

/** Keras's older names of the batch hooks stand for those of training. */
function withBatchHooks(callback: Callback): Callback {
  const { on_batch_begin: begin, on_batch_end: end } = callback;
  if (begin) callback.on_train_batch_begin ??= begin;
  if (end) callback.on_train_batch_end ??= end;
  return callback;
}

function enter(
  callback: Callback,
  core: Core,
  model: Watched,
  params: Parameters<NonNullable<Callback["set_params"]>>[0],
): void {
  const { write, writeText, hasText } = core.platform;
  (callback as BuiltIn).enter?.({ write, ...(writeText && { writeText }), ...(hasText && { hasText }) });
  // as an own property for plain objects, hidden so that a History prints and serialises as data
  if (callback.set_model) callback.set_model(model);
  else if (Object.isExtensible(callback))
    Object.defineProperty(callback, "model", { value: model, configurable: true, writable: true });
  callback.set_params?.(params);
}

/** Seeds of dropout from Python's generator, layer by layer, their counts at 0. */
function reseed(core: Core, seed: number | undefined): void {
  if (seed === undefined) return;
  const random = pythonRandom(seed);
  for (const { variable } of seedVariables(core.ir)) {
    const view = core.session.view(variable);
    new Uint32Array(view.buffer, view.byteOffset, 2).set([seedWord(random.randint(1, 1e9)), 0]);
  }
}

/** The order of an epoch: TensorFlow's for a seed, the same every epoch; else a fresh one. */
function orderOf(
  core: Core,
  { shuffle = true, seed = core.seed }: FitOptions,
  n: number,
): Uint32Array | undefined {
  if (!shuffle) return undefined;
  if (seed !== undefined) return shuffledOrder(n, seed);
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

async function oneEpoch(job: Job, epoch: number): Promise<Logs> {
  const { core, program, callbacks, validation, options } = job;
  resetTrackers(core, program.trackers);
  for (const c of callbacks) await c.on_epoch_begin?.(epoch, {});
  await batches(job, orderOf(core, options, job.arrays.n));
  let logs: Logs = readTrackers(core, program.trackers);
  if (validation && isValidated(options.validation_freq ?? 1, epoch)) {
    const found = await watched(evaluation(core, validation, validationSize(options)), job.testers);
    for (const [key, value] of Object.entries(found)) logs[`val_${key}`] = value;
    logs = Object.fromEntries(Object.entries(logs).sort(([a], [b]) => compareText(a, b)));
  }
  for (const c of callbacks) await c.on_epoch_end?.(epoch, logs);
  return logs;
}

const validationSize = ({ validation_batch_size, batch_size }: FitOptions): number =>
  validation_batch_size ?? batch_size ?? 32;

const isValidated = (freq: number | readonly number[], epoch: number): boolean =>
  typeof freq === "number" ? (epoch + 1) % freq === 0 : freq.includes(epoch + 1);

async function batches(job: Job, order: Uint32Array | undefined): Promise<void> {
  const { core, arrays, program, size, callbacks, bound, model } = job;
  const run = executable(core, program, size);
  const list = feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name)));
  const begins = callbacks.filter((c) => c.on_train_batch_begin);
  const ends = callbacks.filter((c) => c.on_train_batch_end);
  for (let from = 0, batch = 0; from < arrays.n; from += size, batch++) {
    const to = Math.min(from + size, arrays.n);
    for (const c of begins) await c.on_train_batch_begin!(batch, {});
    fill(run, list, from, to, order);
    run.run(to - from);
    stepped(core);
    const logs = ends.length ? readTrackers(core, program.trackers) : undefined;
    for (const c of ends) {
      const waiting = c.on_train_batch_end!(batch, logs);
      if (waiting) await waiting;
    }
    if (model.stopTraining) break;
  }
}
