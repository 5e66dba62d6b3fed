import type { BuiltIn, Watched } from "./callback.ts";
import { better, monitored, type Better, type MonitorOptions } from "./monitor.ts";

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

/** Stops training when a watched value no longer improves (Keras 3.15 `EarlyStopping`). */
export function EarlyStopping(options: EarlyStoppingOptions = {}): BuiltIn {
  const o = { ...DEFAULTS, ...options };
  let model: Watched;
  let write: (text: string) => void = () => {};
  let isBetter: Better | undefined;
  const state = {
    wait: 0,
    stopped: 0,
    best: undefined as number | undefined,
    epoch: 0,
    weights: undefined as ReturnType<Watched["getWeights"]> | undefined,
  };
  const keep = (epoch: number): void => {
    state.epoch = epoch;
    if (o.restore_best_weights) state.weights = model.getWeights();
  };
  return {
    enter: (world) => void (write = world.write),
    set_model: (watched) => void (model = watched),
    on_train_begin() {
      Object.assign(state, { wait: 0, stopped: 0, best: undefined, epoch: 0, weights: undefined });
    },
    on_epoch_end(epoch, logs = {}) {
      isBetter ??= better("EarlyStopping", o, model);
      const value = monitored("EarlyStopping", o.monitor, logs, write);
      if (value === undefined || epoch < o.start_from_epoch) return;
      if (o.restore_best_weights && !state.weights) keep(epoch);
      state.wait++;
      if (isBetter(value, state.best)) {
        state.best = value;
        keep(epoch);
        if (o.baseline === null || isBetter(value, o.baseline)) state.wait = 0;
        return;
      }
      if (state.wait >= o.patience && epoch > 0) {
        state.stopped = epoch;
        model.stopTraining = true;
      }
    },
    on_train_end() {
      if (state.stopped > 0 && o.verbose > 0) write(`Epoch ${state.stopped + 1}: early stopping\n`);
      if (!state.weights) return;
      if (o.verbose > 0)
        write(`Restoring model weights from the end of the best epoch: ${state.epoch + 1}.\n`);
      model.setWeights(state.weights);
    },
  };
}
