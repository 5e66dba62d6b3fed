import { CSVLogger } from "./csv-logger.ts";
import { EarlyStopping } from "./early-stopping.ts";
import { History } from "./history.ts";
import { ModelCheckpoint } from "./model-checkpoint.ts";
import { TerminateOnNaN } from "./terminate-on-nan.ts";

/** Keras's callbacks, made with its options: `callbacks.EarlyStopping({ patience: 3 })`. */
export const callbacks = { CSVLogger, EarlyStopping, History, ModelCheckpoint, TerminateOnNaN } as const;
