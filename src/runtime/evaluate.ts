import { type Arrays, feeds, fill } from "./arrays.ts";
import type { Callback, Logs } from "./callbacks/callback.ts";
import { assertBatches, bind, type Core, executable, type Program } from "./core.ts";
import { progress } from "./progbar.ts";
import { positive } from "./predict.ts";
import { programFor, readTrackers, resetTrackers } from "./programs.ts";

export interface EvaluateOptions {
  readonly batch_size?: number;
  readonly sample_weight?: unknown;
  /** A record by name instead of a number or a list. */
  readonly return_dict?: boolean;
  readonly verbose?: number | "auto";
}

/** An evaluation cut into batches, so that whoever runs it decides what happens between them. */
export interface Evaluation {
  readonly program: Program;
  readonly batches: number;
  run(batch: number): void;
  logs(): Logs;
}

/** Makes the evaluation of all samples in inference mode ready; its running means begin anew. */
export function evaluation(core: Core, arrays: Arrays, batchSize: number): Evaluation {
  const bound = bind(core, arrays.inputs);
  const program = programFor(core, bound, "evaluate", arrays);
  const size = Math.min(positive("batch_size", batchSize), arrays.n);
  assertBatches(program, size, arrays.n);
  const run = executable(core, program, size);
  const list = feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name)));
  resetTrackers(core, program.trackers);
  return {
    program,
    batches: Math.ceil(arrays.n / size),
    run(batch) {
      const from = batch * size;
      const to = Math.min(from + size, arrays.n);
      fill(run, list, from, to);
      run.run(to - from);
    },
    logs: () => readTrackers(core, program.trackers),
  };
}

/** An evaluation that callbacks watch; what they return is awaited. */
export async function watched(
  { batches, run, logs }: Evaluation,
  callbacks: readonly Callback[],
): Promise<Logs> {
  const watching = callbacks.some((c) => c.on_test_batch_end);
  for (const c of callbacks) await c.on_test_begin?.({});
  for (let batch = 0; batch < batches; batch++) {
    for (const c of callbacks) await c.on_test_batch_begin?.(batch, {});
    run(batch);
    const now = watching ? logs() : undefined;
    for (const c of callbacks) await c.on_test_batch_end?.(batch, now);
  }
  const found = logs();
  for (const c of callbacks) await c.on_test_end?.(found);
  return found;
}

/** The bar of an `evaluate` that is not silent, drawn while it runs. */
export function evaluateWithBar(core: Core, { batches, run, logs }: Evaluation, verbose: 0 | 1 | 2): Logs {
  const { terminal, write } = core.platform;
  const bar = verbose === 0 ? undefined : progress(batches, verbose, terminal);
  const start = performance.now();
  const draw = (batch: number, last: boolean): void => {
    const text = bar?.update(batch, (performance.now() - start) / 1000, Object.entries(logs()), last);
    if (text) write(text);
  };
  for (let batch = 0; batch < batches; batch++) {
    run(batch);
    if (bar) draw(batch + 1, false);
  }
  if (bar) draw(batches, true);
  return logs();
}

/** Keras's `verbose`: "auto" (the default) shows a bar on a terminal and nothing elsewhere. */
export function verbosity(core: Core, verbose: number | "auto" | undefined): 0 | 1 | 2 {
  if (verbose === undefined || verbose === "auto") return core.platform.terminal ? 1 : 0;
  return verbose === 2 ? 2 : verbose === 0 ? 0 : 1;
}
