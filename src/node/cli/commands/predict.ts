import { numel, type Tensor } from "../../../ir/tensor.ts";
import { placeNames } from "../../../runtime/core.ts";
import { saveBytes } from "../../save.ts";
import { readInputs, scaled } from "../arrays.ts";
import { asUsage, type Command, UsageError } from "../command.ts";
import { hasWeights, readDrawn } from "../model.ts";
import { number, several, whole } from "../options.ts";
import { byName, dataWriter, json } from "../outputs.ts";
import { runnable } from "../runnable.ts";

export const predict: Command = {
  name: "predict",
  summary: "run a model forward",
  arguments: [["<MODEL>", "a model in any form; - reads standard input"]],
  options: [
    ["--input <FILE>", "data (.npy, .npz, IDX, .csv, .json); NAME=FILE for one of several inputs", several],
    ["--x-scale <S>", "a factor for the inputs, such as 1/255", number],
    ["--output <FILE>", "where to write (.npy, .npz, .json, .csv); JSON on standard output if not given"],
    ["--batch-size <B>", "rows computed at a time, 32 if not given", whole(1)],
    ["--top <K>", "the K likeliest classes of every row", whole(1)],
    ["--json", "with --top: as data"],
  ],
  examples: [
    ["predict model.keras --input x.npy --output y.npy", "to a file"],
    ["predict model.h5 --input images-idx3-ubyte.gz --x-scale 1/255 --top 3", "the three likeliest classes"],
  ],
  async run([argument], options, io) {
    const files = (options.input ?? []) as readonly string[];
    if (files.length === 0) throw new UsageError("predict needs data: --input FILE.");
    const write =
      typeof options.output === "string" ? asUsage(() => dataWriter(options.output as string)) : undefined;
    const read = await readDrawn(argument, options, io);
    if (!hasWeights(read) && options.verbose !== "0")
      io.say("note: predictions of a model without trained weights mean nothing.");
    const model = runnable(read, options, io);
    const x = scaled(await readInputs(files, io), options.xScale);
    const y = model.predict(
      x,
      typeof options.batchSize === "number" ? { batch_size: options.batchSize } : {},
    );
    const outputs = byName(y, placeNames(model.core.ir.outputs));
    if (write) await saveBytes(options.output as string, await write(outputs));
    if (typeof options.top === "number")
      io.out(
        options.json ? JSON.stringify(ranked(outputs, options.top)) : table(ranked(outputs, options.top)),
      );
    else if (!write) io.out(json(outputs));
  },
};

interface Choice {
  readonly class: number;
  readonly value: number;
}

/** The largest `k` of every row of the first output's last axis. */
function ranked(outputs: ReadonlyMap<string, Tensor>, k: number): Choice[][] {
  const [{ shape, data }] = outputs.values();
  const width = shape.at(-1) ?? 1;
  return Array.from({ length: numel(shape) / width }, (_, row) =>
    Array.from({ length: width }, (_, c) => ({ class: c, value: Number(data[row * width + c]) }))
      .sort((a, b) => b.value - a.value || a.class - b.class)
      .slice(0, k),
  );
}

const table = (rows: readonly (readonly Choice[])[]): string =>
  rows
    .map((row, i) => `${i}: ${row.map(({ class: c, value }) => `${c} (${value.toFixed(4)})`).join(", ")}`)
    .join("\n");
