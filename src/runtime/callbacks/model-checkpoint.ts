import { ModelError } from "../../diagnostics.ts";
import {
  checkOptions,
  flag,
  number,
  oneOf,
  type OptionSchemas,
  orNull,
  text,
  whole,
} from "../../ir/options.ts";
import { show } from "../../ir/fields/schema.ts";
import { exponential, pythonFloat } from "../python-text.ts";
import type { BuiltIn, Logs, Watched } from "./callback.ts";
import { better, MONITOR, monitored, type Better, type MonitorOptions, withDefaults } from "./monitor.ts";

export interface ModelCheckpointOptions extends Omit<MonitorOptions, "min_delta"> {
  /** May hold `{epoch:02d}`, `{val_loss:.2f}` and other names of the logs; the epoch counts from 1. */
  readonly filepath: string;
  readonly verbose?: number;
  readonly save_best_only?: boolean;
  readonly save_weights_only?: boolean;
  /** "epoch", or a number of batches. */
  readonly save_freq?: "epoch" | number;
  readonly initial_value_threshold?: number | null;
}

const DEFAULTS = {
  monitor: "val_loss",
  mode: "auto",
  verbose: 0,
  save_best_only: false,
  save_weights_only: false,
  save_freq: "epoch",
  initial_value_threshold: null,
} as const;

const { monitor, mode } = MONITOR;
const OPTIONS: OptionSchemas<ModelCheckpointOptions> = {
  ...{ filepath: text, monitor, mode },
  verbose: oneOf(0, 1, 2),
  save_best_only: flag,
  save_weights_only: flag,
  save_freq: { anyOf: [oneOf("epoch"), whole(1)], description: '"epoch" or a number of batches' },
  initial_value_threshold: orNull(number),
};

/** Saves the model while it trains (Keras 3.15 `ModelCheckpoint`). */
export function ModelCheckpoint(options: ModelCheckpointOptions): BuiltIn {
  checkOptions("ModelCheckpoint", options, OPTIONS);
  checkPath(options.filepath, options.save_weights_only ?? false);
  const o = withDefaults(DEFAULTS, options);
  let model: Watched;
  let write: (text: string) => void = () => {};
  const state: State = { best: o.initial_value_threshold ?? undefined, epoch: 0, batches: 0 };
  const save = async (epoch: number, batch: number | undefined, logs: Logs): Promise<void> => {
    const counters = { ...(batch !== undefined && { batch: batch + 1 }), ...logs, epoch: epoch + 1 };
    const path = fill(o.filepath, counters);
    const say = (text: string): void =>
      o.verbose > 0 ? write(`\nEpoch ${epoch + 1}: ${text}\n`) : undefined;
    const value = o.save_best_only ? monitored("ModelCheckpoint", o.monitor, logs, write) : undefined;
    if (value === undefined) say(`saving model to ${path}`);
    else if (!improves(o, state, model, value, path, say)) return;
    await model.save(path);
    say(`finished saving model to ${path}`);
  };
  return {
    enter: (world) => void (write = world.write),
    set_model: (watched) => void (model = watched),
    on_epoch_begin: (epoch) => void (state.epoch = epoch),
    async on_train_batch_end(batch, logs = {}) {
      if (o.save_freq === "epoch" || ++state.batches < o.save_freq) return;
      state.batches = 0;
      await save(state.epoch, batch, logs);
    },
    async on_epoch_end(epoch, logs = {}) {
      if (o.save_freq === "epoch") await save(epoch, undefined, logs);
    },
  };
}

interface State {
  best: number | undefined;
  epoch: number;
  batches: number;
  isBetter?: Better;
}

/** Whether a value is the best so far, and says so in Keras's words. */
function improves(
  { monitor, mode }: { readonly monitor: string; readonly mode: "auto" | "min" | "max" },
  state: State,
  model: Watched,
  value: number,
  path: string,
  say: (text: string) => void,
): boolean {
  state.isBetter ??= better("ModelCheckpoint", { monitor, mode, min_delta: 0 }, model);
  const before = state.best === undefined ? "None" : state.best.toFixed(5);
  const improved = state.isBetter(value, state.best);
  const text = `improved from ${before} to ${value.toFixed(5)}, saving model to ${path}`;
  say(`${monitor} ${improved ? text : `did not improve from ${before}`}`);
  if (improved) state.best = value;
  return improved;
}

function checkPath(path: string | undefined, weightsOnly: boolean): void {
  const name = path ?? "";
  const fits = weightsOnly ? name.endsWith(".weights.h5") : name.endsWith(".keras") || name.endsWith(".h5");
  if (fits) return;
  const expected = weightsOnly ? "a path that ends in .weights.h5" : "a path that ends in .keras or .h5";
  throw new ModelError({
    code: "checkpoint-path",
    message: "ModelCheckpoint's filepath does not fit.",
    expected,
    received: show(path),
  });
}

/** Python's `str.format` for names with `:02d`, `:.2f`, `:.3e` or no format. */
function fill(template: string, values: Readonly<Record<string, number>>): string {
  return template.replace(
    /\{(\w+)(?::(0?)(\d*)(?:\.(\d+))?([dfe]?))?\}/g,
    (_all, name: string, zero: string, width: string, digits: string, kind: string) => {
      if (!Object.hasOwn(values, name)) {
        const message = `ModelCheckpoint's filepath names ${name}, which the logs do not have.`;
        throw new ModelError({
          code: "checkpoint-path",
          message,
          received: template,
          expected: Object.keys(values).join(", "),
        });
      }
      const whole = kind === "d" || name === "epoch" || name === "batch";
      const text = whole
        ? String(values[name])
        : formatted(values[name], kind, digits === undefined ? 6 : Number(digits));
      return text.padStart(Number(width || 0), zero ? "0" : " ");
    },
  );
}

const formatted = (value: number, kind: string, digits: number): string =>
  kind === "f" ? value.toFixed(digits) : kind === "e" ? exponential(value, digits) : pythonFloat(value);
