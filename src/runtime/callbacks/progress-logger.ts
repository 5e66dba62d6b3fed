import { progress, type Progress } from "../progbar.ts";
import type { BuiltIn, Logs } from "./callback.ts";

/** Keras's progress bar as a callback: `epochs` for its heading, `steps` an epoch. */
export function ProgressLogger(options: {
  readonly epochs: number;
  readonly steps: number;
  readonly verbose: 1 | 2;
  readonly terminal: boolean;
  readonly write: (text: string) => void;
}): BuiltIn {
  const { epochs, steps, verbose, terminal, write } = options;
  let bar: Progress;
  let start = 0;
  const seconds = (): number => (performance.now() - start) / 1000;
  const begin = (): void => {
    bar = progress(steps, verbose, terminal);
    start = performance.now();
  };
  const draw = (current: number, logs: Logs, last = false): void => {
    const text = bar.update(current, seconds(), Object.entries(logs), last);
    if (text) write(text);
  };
  return {
    on_epoch_begin(epoch) {
      begin();
      if (epochs > 1) write(`Epoch ${epoch + 1}/${epochs}\n`);
    },
    on_train_batch_end: (batch, logs = {}) => draw(batch + 1, logs),
    on_epoch_end: (_epoch, logs = {}) => draw(steps, logs, true),
  };
}
