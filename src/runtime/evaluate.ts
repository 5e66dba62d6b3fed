import { type Arrays, feeds, fill } from "./arrays.ts";
import { ProgressLogger } from "./callbacks/progress-logger.ts";
import type { Callback, Logs } from "./callbacks/callback.ts";
import { bind, type Core, executable, type Program } from "./core.ts";
import { positive } from "./predict.ts";
import { programFor, readTrackers, resetTrackers } from "./programs.ts";

export interface EvaluateOptions {
  readonly batch_size?: number;
  readonly sample_weight?: unknown;
  /** A record by name instead of a number or a list. */
  readonly return_dict?: boolean;
  readonly verbose?: number | "auto";
}

/** Losses and metrics of all samples in inference mode, and the program that names them. */
export async function evaluateAll(
  core: Core,
  arrays: Arrays,
  batchSize: number,
  callbacks: readonly Callback[] = [],
): Promise<{ logs: Logs; program: Program }> {
  const bound = bind(core, arrays.inputs);
  const program = programFor(core, bound, "evaluate", arrays);
  const size = Math.min(positive("batch_size", batchSize), arrays.n);
  const run = executable(core, program, size);
  const list = feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name)));
  const watching = callbacks.some((c) => c.on_test_batch_end);
  resetTrackers(core, program.trackers);
  for (const c of callbacks) await c.on_test_begin?.({});
  for (let from = 0, batch = 0; from < arrays.n; from += size, batch++) {
    const to = Math.min(from + size, arrays.n);
    for (const c of callbacks) await c.on_test_batch_begin?.(batch, {});
    fill(run, list, from, to);
    run.run(to - from);
    const logs = watching ? readTrackers(core, program.trackers) : undefined;
    for (const c of callbacks) await c.on_test_batch_end?.(batch, logs);
  }
  const logs = readTrackers(core, program.trackers);
  for (const c of callbacks) await c.on_test_end?.(logs);
  return { logs, program };
}

/** The bar of an `evaluate` that is not silent. */
export function evaluationBar(core: Core, n: number, batchSize: number, verbose: 0 | 1 | 2): Callback[] {
  const { terminal, write } = core.platform;
  if (verbose === 0) return [];
  const { on_test_begin, on_test_batch_end, on_test_end } = ProgressLogger({
    epochs: 1,
    steps: Math.ceil(n / batchSize),
    verbose,
    terminal,
    write,
  });
  return [{ on_test_begin, on_test_batch_end, on_test_end }];
}

/** Keras's `verbose`: "auto" (the default) shows a bar on a terminal and nothing elsewhere. */
export function verbosity(core: Core, verbose: number | "auto" | undefined): 0 | 1 | 2 {
  if (verbose === undefined || verbose === "auto") return core.platform.terminal ? 1 : 0;
  return verbose === 2 ? 2 : verbose === 0 ? 0 : 1;
}
