import { ModelError } from "../../diagnostics.ts";
import type { KerasObject } from "../../ir/config.ts";
import type { FitSpec } from "../../parser/training-spec.ts";
import { callbacks } from "../../runtime/callbacks/index.ts";
import type { Callback } from "../../runtime/callbacks/callback.ts";
import type { FitOptions } from "../../runtime/fit.ts";
import type { XY } from "./arrays.ts";
import type { Options } from "./command.ts";
import type { Loaded } from "./snippet-data.ts";
import type { CallData } from "./training-data.ts";

/** Arguments of a snippet's `fit` that are passed on as they are. */
const PASSED = [
  "epochs",
  "batch_size",
  "validation_split",
  "shuffle",
  "initial_epoch",
  "class_weight",
] as const;
/** Those that nothing here does. */
const REFUSED = ["steps_per_epoch", "validation_steps", "validation_batch_size"] as const;

/** The options of `model.fit`: those of the snippet, and over them those of the command line. */
export function fitArguments(
  spec: FitSpec | undefined,
  options: Options,
  call: CallData,
  validation: Loaded | XY | undefined,
): FitOptions {
  const said = spec ? snippetArguments(spec) : {};
  const flags = {
    epochs: options.epochs,
    batch_size: options.batchSize,
    initial_epoch: options.initialEpoch,
    validation_split: options.validationSplit,
    shuffle: options.shuffle === false ? false : undefined,
    verbose: options.verbose === undefined ? undefined : Number(options.verbose),
  };
  const { validation_split, ...rest }: Readonly<Record<string, unknown>> = {
    verbose: 1,
    ...said,
    ...defined(flags),
  };
  const { sample_weight } = { sample_weight: undefined, ...call.data };
  const validating = validation && [
    validation.x,
    validation.y,
    ...("sample_weight" in validation ? [validation.sample_weight] : []),
  ];
  return {
    ...rest,
    ...(validating
      ? { validation_data: validating }
      : validation_split !== undefined && { validation_split }),
    ...(sample_weight !== undefined && { sample_weight }),
    callbacks: [
      ...(spec?.callbacks ?? []).map(snippetCallback),
      ...flagCallbacks(options, validating !== undefined || Boolean(validation_split)),
    ],
  } as FitOptions;
}

const defined = (record: object): object =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && value !== null));

function snippetArguments(spec: FitSpec): Record<string, unknown> {
  if (spec.unread) throw new ModelError(spec.unread);
  const refused = REFUSED.filter((key) => spec[key] !== undefined && spec[key] !== null);
  if (spec.validation_freq !== undefined && spec.validation_freq !== 1)
    refused.push("validation_freq" as never);
  if (refused.length > 0) {
    throw new ModelError(
      refused.map((key) => ({
        code: "unsupported-option",
        message: `The argument ${key} of fit is not supported.`,
        at: spec.at,
      })),
    );
  }
  const verbose =
    spec.verbose === "auto" || spec.verbose === undefined ? {} : { verbose: Number(spec.verbose) };
  return { ...defined(Object.fromEntries(PASSED.map((key) => [key, spec[key]]))), ...verbose };
}

type Maker = (config: Readonly<Record<string, unknown>>) => Callback;

/** A callback of a snippet, by its class. */
function snippetCallback({ class_name, config }: KerasObject): Callback {
  const makers = callbacks as unknown as Readonly<Record<string, Maker>>;
  if (Object.hasOwn(makers, class_name)) return makers[class_name](config);
  const message = `The callback ${class_name} is not supported.`;
  throw new ModelError({ code: "unknown-callback", message, expected: Object.keys(makers).join(", ") });
}

function flagCallbacks({ earlyStopping, checkpoint, csvLog }: Options, validates: boolean): Callback[] {
  const monitor = validates ? "val_loss" : "loss";
  return [
    ...(typeof earlyStopping === "number"
      ? [callbacks.EarlyStopping({ monitor, patience: earlyStopping })]
      : []),
    ...(typeof checkpoint === "string" ? [callbacks.ModelCheckpoint({ filepath: checkpoint })] : []),
    ...(typeof csvLog === "string" ? [callbacks.CSVLogger({ filename: csvLog })] : []),
  ];
}
