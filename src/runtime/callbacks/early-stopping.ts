import { checkOptions, flag, number, oneOf, type OptionSchemas, orNull, whole } from "../../ir/options.ts";
import type { BuiltIn, Watched } from "./callback.ts";
import { better, MONITOR, monitored, type Better, type MonitorOptions, withDefaults } from "./monitor.ts";

export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement after which training stops. */
  readonly patience?: number;
  readonly verbose?: number;
  /** The value to be better than; until then patience runs. */
  readonly baseline?: number | null;
  readonly restore_best_weights?: boolean;
  readonly start_from_epoch?: number;
}

const DEFAULTS = {
  monitor: "val_loss",
  mode: "auto",
  min_delta: 0,
  patience: 0,
  verbose: 0,
  baseline: null,
  restore_best_weights: false,
  start_from_epoch: 0,
} as const;

const OPTIONS: OptionSchemas<EarlyStoppingOptions> = {
  ...MONITOR,
  patience: whole(0),
  verbose: oneOf(0, 1, 2),
  baseline: orNull(number),
  restore_best_weights: flag,
  start_from_epoch: whole(0),
};

interface Memory {
  /** Epochs since the last improvement. */
  wait: number;
  /** The epoch at which training was stopped, 0 if it was not. */
  stopped: number;
  best: number | undefined;
  epoch: number;
  weights: ReturnType<Watched["getWeights"]> | undefined;
}
const nothing = (): Memory => ({ wait: 0, stopped: 0, best: undefined, epoch: 0, weights: undefined });

/** Stops training when a watched value no longer improves (Keras 3.15 `EarlyStopping`). */
export function EarlyStopping(options: EarlyStoppingOptions = {}): BuiltIn {
  checkOptions("EarlyStopping", options, OPTIONS);
  const o = withDefaults(DEFAULTS, options);
  let model: Watched;
  let write: (text: string) => void = () => {};
  let isBetter: Better | undefined;
  let memory = nothing();
  return {
    enter: (world) => void (write = world.write),
    set_model: (watched) => void (model = watched),
    on_train_begin: () => void (memory = nothing()),
    on_epoch_end(epoch, logs = {}) {
      isBetter ??= better("EarlyStopping", o, model);
      const value = monitored("EarlyStopping", o.monitor, logs, write);
      if (value !== undefined && epoch >= o.start_from_epoch) judge(o, memory, model, isBetter, epoch, value);
    },
    on_train_end() {
      if (memory.stopped > 0 && o.verbose > 0) write(`Epoch ${memory.stopped + 1}: early stopping\n`);
      if (!memory.weights) return;
      const from = `Restoring model weights from the end of the best epoch: ${memory.epoch + 1}.\n`;
      if (o.verbose > 0) write(from);
      model.setWeights(memory.weights);
    },
  };
}

type Settings = Required<EarlyStoppingOptions>;

/** Keras's bookkeeping of one epoch. */
function judge(
  o: Settings,
  memory: Memory,
  model: Watched,
  isBetter: Better,
  epoch: number,
  value: number,
): void {
  const keep = (): void => {
    memory.epoch = epoch;
    if (o.restore_best_weights) memory.weights = model.getWeights();
  };
  if (o.restore_best_weights && !memory.weights) keep();
  memory.wait++;
  if (isBetter(value, memory.best)) {
    memory.best = value;
    keep();
    if (o.baseline === null || isBetter(value, o.baseline)) memory.wait = 0;
  } else if (memory.wait >= o.patience && epoch > 0) {
    memory.stopped = epoch;
    model.stopTraining = true;
  }
}
