import { type Command, UsageError } from "../command.ts";

/** A command of a later version: known by name, refused clearly. */
const later = (name: string, does: string): Command => ({
  name,
  summary: `${does} (not in this version)`,
  arguments: [["<MODEL>", "a model in any form"]],
  options: [
    ["-o, --output <FILE>", "the file to write"],
    ["--batch <B>", "rows at a time"],
  ],
  examples: [],
  run() {
    return Promise.reject(
      new UsageError(`The command ${name} is not in this version of Keraunos: it comes with a later one.`),
    );
  },
});

export const plot = later("plot", "draw the model as SVG");
