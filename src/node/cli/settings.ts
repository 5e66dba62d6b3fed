import { settingsOf } from "../../ir/compile-args.ts";
import { ModelError } from "../../diagnostics.ts";
import type { Read } from "../../load/read-model.ts";
import type { Model } from "../../model.ts";
import type { OptionSpec, Options } from "./command.ts";
import type { Io } from "./io.ts";
import { identifier } from "./options.ts";
import { runnable } from "./runnable.ts";

/** Options that stand for arguments of `model.compile`. */
export const COMPILE: readonly OptionSpec[] = [
  [
    "--optimizer <ID>",
    'a Keras name, or JSON: \'{"class_name": "SGD", "config": {"learning_rate": 0.1}}\'',
    identifier,
  ],
  ["--loss <ID>", "a Keras name, or JSON", identifier],
  ["--metrics <LIST>", "Keras names, separated by commas, or JSON", metricList],
];

function metricList(text: string): unknown {
  const value = identifier(text);
  return typeof value === "string" ? value.split(",").map((name) => name.trim()) : value;
}

/** The model, compiled as its source says, but for what the options say; where it is to be trained, it can be. */
export function compiledModel(read: Read, options: Options, io: Io, trains = false): Model {
  const given = Object.fromEntries(
    ["optimizer", "loss", "metrics"].flatMap((key) =>
      options[key] === undefined ? [] : [[key, options[key]]],
    ),
  );
  if (Object.keys(given).length === 0)
    return runnable(read, options, io, (model) => {
      if (trains && model.compileProblem) throw model.compileProblem;
      if (!model.core.compile) throw model.compileProblem ?? notCompiled();
    });
  const model = runnable(read, options, io);
  model.compile({ ...settingsOf(read.ir.compile ?? { at: {} }), ...given });
  return model;
}

const notCompiled = (): ModelError =>
  new ModelError({
    code: "not-compiled",
    message: "The model was not compiled: its source says neither optimizer nor loss.",
    hint: "Say them: --optimizer adam --loss sparse_categorical_crossentropy --metrics accuracy.",
  });
