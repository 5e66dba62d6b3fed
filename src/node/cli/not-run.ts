import type { Read } from "../../load/read-model.ts";
import type { RunSpec } from "../../parser/training-spec.ts";
import type { Options } from "./command.ts";
import { type Io, sayNotes } from "./io.ts";

/** Says which `fit`, `evaluate` and `predict` of a snippet a command passes over: all but the one that it does. */
export function sayNotRun({ snippet }: Read, done: RunSpec | undefined, options: Options, io: Io): void {
  if (!snippet || options.verbose === "0") return;
  const passed = snippet.runs.filter((run) => run !== done);
  sayNotes(
    passed.map(({ kind, at }) => ({ message: `Not run: ${snippet.variable}.${kind}(…)`, at })),
    io,
  );
}
