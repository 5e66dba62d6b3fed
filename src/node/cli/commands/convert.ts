import { formatOfPath, modelBytes, saveFormat } from "../../../save.ts";
import { saveBytes } from "../../save.ts";
import { asUsage, type Command, UsageError } from "../command.ts";
import { cliHost, readArgument, readDrawn, runnable } from "../model.ts";

export const convert: Command = {
  name: "convert",
  summary: "write a model in another format that Keras opens",
  arguments: [
    ["<IN>", "a model in any form; - reads standard input"],
    ["<OUT>", "the file to write: .keras, .h5, .weights.h5 or .json"],
  ],
  options: [
    ["--format <FORMAT>", "keras, h5, weights.h5 or json; the ending of OUT says it otherwise"],
    ["--keras <VERSION>", "the Keras that opens the file: 3, which is all there is yet"],
  ],
  examples: [
    ["convert model.h5 model.keras", "an old file for Keras 3"],
    ["convert lecture.py model.json", "the architecture alone"],
  ],
  async run([input, output], options, io) {
    const format = asUsage(() =>
      options.format === undefined ? formatOfPath(output) : saveFormat(String(options.format)),
    );
    if (options.keras !== undefined && !/^3(\.|$)/.test(String(options.keras)))
      throw new UsageError(`--keras ${String(options.keras)}: only the formats of Keras 3 are written yet.`);
    const read = await (format === "json" ? readArgument : readDrawn)(input, options, io);
    const model = runnable(read, options, io);
    await saveBytes(output, await modelBytes(model.core, format, cliHost.spawn));
  },
};
