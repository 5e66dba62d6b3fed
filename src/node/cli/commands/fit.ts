import { ModelError } from "../../../diagnostics.ts";
import { writerOfPath } from "../../../save.ts";
import { checkWritable, saveBytes } from "../../save.ts";
import { cut, type Named, rowsOf } from "../arrays.ts";
import { asUsage, type Command, type Options, UsageError } from "../command.ts";
import { fitArguments } from "../fit-arguments.ts";
import { readArgument } from "../model.ts";
import { sayNotRun } from "../not-run.ts";
import { DATA, share, whole } from "../options.ts";
import { COMPILE, compiledModel } from "../settings.ts";
import { type CallData, dataForFit, givenArrays, readScaled } from "../training-data.ts";

export const fit: Command = {
  name: "fit",
  summary: "train a model, as Keras's fit",
  arguments: [["<MODEL>", "a model in any form; a snippet brings its own data and settings"]],
  options: [
    ...DATA,
    ["--validation-data <FILE>", "arrays to validate on, as --data"],
    ["--validation-split <F>", "the last share of the data validates", share],
    ["--validation-first <N>", "the first N rows of the data validate", whole(1)],
    ["--epochs <N>", "1 if neither this nor a snippet says otherwise", whole(1)],
    ["--initial-epoch <N>", "number of the epoch to begin with", whole(0)],
    ["--batch-size <B>", "32 if not given", whole(1)],
    ["--no-shuffle", "keep the order of the data"],
    ...COMPILE,
    ["--early-stopping <P>", "stop when nothing has got better for P epochs", whole(0)],
    ["--checkpoint <FILE>", "save after every epoch; the path may have {epoch:02d}"],
    ["--csv-log <FILE>", "losses and metrics of every epoch as a table"],
    ["--history <FILE.json>", "losses and metrics of all epochs as JSON"],
    ["--plot <FILE.svg>", "their picture (not supported yet)"],
    ["--save <FILE>", "where to save the trained model (.keras, .h5, .weights.h5)"],
    ["--json", "print the history"],
  ],
  examples: [
    ["fit lecture.py --save fashion.keras", "the lecture as it stands"],
    [
      "fit model.json --data d.npz --x-scale 1/255 --optimizer adam --loss sparse_categorical_crossentropy --epochs 5",
      "from an architecture",
    ],
    ["fit run.keras --data d.npz --initial-epoch 5 --epochs 10 --save run.keras", "go on where a run ended"],
  ],
  async run([argument], options, io) {
    await checkTargets(options);
    const given = await givenArrays(options, io);
    const read = await readArgument(argument, options, io, { arrays: given });
    sayNotRun(read, read.snippet?.fit, options, io);
    const model = compiledModel(read, options, io, true);
    const call = validating(await dataForFit(read, options, given, io), options);
    const more =
      typeof options.validationData === "string"
        ? await readScaled(options.validationData, "validation", read, options.xScale, io)
        : call.validation;
    const history = await model.fit(
      call.data.x,
      call.data.y,
      fitArguments(read.snippet?.fit, options, call, more),
    );
    const log = JSON.stringify({ epoch: history.epoch, history: history.history });
    if (typeof options.save === "string") await model.save(options.save);
    if (typeof options.history === "string")
      await saveBytes(options.history, new TextEncoder().encode(`${log}\n`));
    if (options.json) io.out(log);
  },
};

/** What cannot be written is said before training, not after it. */
async function checkTargets({ plot, save, history, checkpoint }: Options): Promise<void> {
  if (plot !== undefined) throw new UsageError("--plot is not supported yet.");
  const models = [save, checkpoint].filter((path) => typeof path === "string");
  for (const path of models) asUsage(() => writerOfPath(path));
  // a path with {epoch} has no name before training
  const known = [...models, history].filter(
    (path) => typeof path === "string" && !path.includes("{") && !path.endsWith("/"),
  );
  for (const path of known) await checkWritable(path as string);
}

/** `--validation-first N`: these rows validate, the others train. */
function validating(
  call: CallData,
  { validationFirst: first, validationData, validationSplit }: Options,
): CallData {
  const ways = [first, validationData, validationSplit].filter((way) => way !== undefined);
  if (ways.length > 1)
    throw new UsageError(
      "Say in one way what validates: --validation-data, --validation-split or --validation-first.",
    );
  if (typeof first !== "number") return validationSplit === undefined ? call : { data: call.data };
  const { x, y } = call.data as { x: Named; y: Named };
  if (![x, y].every((part) => part !== undefined && !Array.isArray(part)))
    throw new ModelError({ code: "data-structure", message: "--validation-first needs arrays x and y." });
  const n = rowsOf(x);
  if (first >= n || rowsOf(y) !== n) {
    const message = "--validation-first leaves no rows to train on, or the arrays differ in length.";
    throw new ModelError({
      code: "data-cardinality",
      message,
      received: `${first} of ${n} inputs and ${rowsOf(y)} labels`,
    });
  }
  const part = (from: number, to: number) => ({ x: cut(x, from, to), y: cut(y, from, to) });
  return { data: part(first, n), validation: part(0, first) };
}
