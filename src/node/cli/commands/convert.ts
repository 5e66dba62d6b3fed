import { stat } from "node:fs/promises";
import { chosenWriter, type SaveOptions } from "../../../save.ts";
import { writers } from "../../../save/writers/index.ts";
import { asUsage, type Command } from "../command.ts";
import { sayNotes } from "../io.ts";
import { readArgument, readDrawn } from "../model.ts";
import { runnable } from "../runnable.ts";

const formats = writers.map((writer) => writer.name).join(", ");

export const convert: Command = {
  name: "convert",
  summary: "write a model in another format that Keras opens",
  arguments: [
    ["<IN>", "a model in any form; - reads standard input"],
    ["<OUT>", "the file to write, its ending the format; a folder for formats of several files"],
  ],
  options: [
    ["--format <FORMAT>", `${formats}; the ending of OUT says it otherwise`],
    ["--keras <VERSION>", "the Keras that opens the file: 3, or 2 for tf.keras and tf-keras"],
  ],
  examples: [
    ["convert model.h5 model.keras", "an old file for Keras 3"],
    ["convert model.keras model.h5 --keras 2", "a new file for tf.keras"],
    ["convert lecture.py model.json", "the architecture alone"],
  ],
  async run([input, output], options, io) {
    const folder = options.format === undefined && (await isFolder(output));
    const path = folder ? `${output}/` : output;
    const asked = { keras: options.keras, format: options.format } as SaveOptions;
    const writer = asUsage(() => chosenWriter(path, asked));
    const read = await (writer.weights ? readDrawn : readArgument)(input, options, io);
    const model = runnable(read, options, io);
    const said = model.notes.length;
    await model.save(path, asked);
    sayNotes(model.notes.slice(said), io);
  },
};

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;
