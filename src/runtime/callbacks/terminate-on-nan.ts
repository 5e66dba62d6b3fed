import type { BuiltIn, Watched } from "./callback.ts";

/** Stops training when the loss is no number any more (Keras 3.15 `TerminateOnNaN`). */
export function TerminateOnNaN(): BuiltIn {
  let model: Watched;
  let write: (text: string) => void = () => {};
  return {
    enter: (world) => void (write = world.write),
    set_model: (watched) => void (model = watched),
    on_train_batch_end(batch, logs = {}) {
      if (logs.loss === undefined || Number.isFinite(logs.loss)) return;
      write(`Batch ${batch}: Invalid loss, terminating training\n`);
      model.stopTraining = true;
    },
  };
}
