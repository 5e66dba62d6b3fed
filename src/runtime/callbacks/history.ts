import type { BuiltIn, Logs } from "./callback.ts";

/** What `fit` returns: the epochs run, and every logged value by name. */
export interface History extends BuiltIn {
  readonly epoch: number[];
  readonly history: Record<string, number[]>;
}

/** Records the logs of every epoch (Keras's `History`). */
export function History(): History {
  const record: History = {
    epoch: [],
    history: {},
    on_train_begin() {
      record.epoch.length = 0;
    },
    on_epoch_end(epoch: number, logs: Logs = {}) {
      record.epoch.push(epoch);
      for (const [key, value] of Object.entries(logs)) (record.history[key] ??= []).push(value);
    },
  };
  return record;
}
