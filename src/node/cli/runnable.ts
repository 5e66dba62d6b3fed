import { makeModel } from "../../load.ts";
import type { Read } from "../../load/read-model.ts";
import type { Model } from "../../model.ts";
import type { Options } from "./command.ts";
import { type Io, sayNotes } from "./io.ts";
import { loadOptions, readArgument } from "./model.ts";

/** The MODEL argument as a model that can run; notes are said. */
export async function loadArgument(model: string, options: Options, io: Io): Promise<Model> {
  return runnable(await readArgument(model, options, io), options, io);
}

/** A model that can run; what was noted while it was made is said, unless a check of it says what is wrong. */
export function runnable(read: Read, options: Options, io: Io, check = (_model: Model): void => {}): Model {
  const model = makeModel(read, loadOptions(options), io.host);
  check(model);
  if (options.verbose !== "0") sayNotes(model.notes.slice(read.notes.length), io);
  return model;
}
