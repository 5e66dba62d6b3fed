import { ModelError } from "../../../diagnostics.ts";
import { countsOptimizer, summarize, summaryData, type SummaryOptions } from "../../../ir/summary.ts";
import { build } from "../../../ir/build.ts";
import { optimizerParams } from "../../../load/optimizer-params.ts";
import type { Read } from "../../../load/read-model.ts";
import { type Command, UsageError } from "../command.ts";
import { readArgument } from "../model.ts";
import { kerasVersion, names, numbers, whole } from "../options.ts";

export const summary: Command = {
  name: "summary",
  summary: "print what model.summary() prints, character for character",
  arguments: [["<MODEL>", "a model in any form; - reads standard input"]],
  options: [
    ["--keras <VERSION>", "as this version prints it: 3 (default), 2.15, 2.9, 2.6, 1.2", kerasVersion],
    ["--line-length <N>", "width of the table", whole(1)],
    ["--columns <N>", "width of the terminal, 80 if not given", whole(1)],
    ["--positions <LIST>", "where each column ends: .33,.55,.67,1", numbers],
    ["--expand-nested", "show the layers of nested models"],
    ["--show-trainable", "show whether layers are trained"],
    ["--layer-range <A,B>", "first and last layer shown", names],
    ["--json", "as data"],
  ],
  examples: [
    ["summary model.keras", "as Keras 3 prints it"],
    ["summary lecture.py --keras 2.9", "of a snippet, as Keras 2.9 printed it"],
    ["summary model.h5 --json", "as JSON"],
  ],
  async run([model], options, io) {
    const keras = options.keras as string | undefined;
    const read = asShown(await readArgument(model, options, io, { values: false, keras }));
    if (read.snippet?.shown && options.verbose !== "0")
      io.say("note: The snippet changes the model after its last summary(): shown is what it was then.");
    const optimizer_params = options.json || countsOptimizer(keras) ? optimizerParams(read) : undefined;
    if (options.json) return io.out(JSON.stringify(summaryData(read.ir, optimizer_params), null, 2));
    const flags = {
      keras: options.keras,
      line_length: options.lineLength,
      columns: options.columns,
      positions: options.positions,
      expand_nested: options.expandNested,
      show_trainable: options.showTrainable,
      layer_range: options.layerRange,
      optimizer_params,
    };
    const given = Object.entries({ ...read.snippet?.summary, ...defined(flags) }).filter(
      ([, value]) => value !== null,
    );
    const print = (): string => summarize(read.ir, Object.fromEntries(given) as SummaryOptions);
    io.out(
      Object.keys(defined({ ...flags, optimizer_params: undefined })).length ? saidHere(print) : print(),
    );
  },
};

/** A snippet's model as it was when the snippet last asked for its summary. */
function asShown<T extends Read>(read: T): T {
  const { snippet, seed } = read;
  return snippet?.shown ? { ...read, ir: build(snippet.shown, seed === undefined ? {} : { seed }) } : read;
}

/** Options that do not fit each other or the model are wrong usage where the command line gives them. */
function saidHere(print: () => string): string {
  try {
    return print();
  } catch (error) {
    if (error instanceof ModelError && /^(bad-summary-option|summary-too-narrow)$/.test(error.code))
      throw new UsageError(error.message);
    throw error;
  }
}

const defined = (record: object): object =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
