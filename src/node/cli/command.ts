import { ModelError } from "../../diagnostics.ts";
import type { Io } from "./io.ts";

/** An option as commander spells it: flags, one line of help, and how its text becomes a value. */
export type OptionSpec = readonly [
  flags: string,
  help: string,
  parse?: (text: string, previous: unknown) => unknown,
];

/** Values of options by their names in camel case. */
export type Options = Readonly<Record<string, unknown>>;

/** A command: what it is called, what it takes, and what it does. */
export interface Command {
  readonly name: string;
  readonly summary: string;
  /** As commander spells them: "<model>", "[name]". */
  readonly arguments: readonly (readonly [name: string, help: string])[];
  readonly options: readonly OptionSpec[];
  /** Each a command line without `keraunos`, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** The exit code; 0 where nothing is returned. */
  run(args: readonly string[], options: Options, io: Io): Promise<number | void>;
}

/** The command line itself is at fault: exit code 2. */
export class UsageError extends Error {
  override readonly name: string = "UsageError";
}

/** Does what only the command line can get wrong: its ModelErrors are wrong usage. */
export function asUsage<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ModelError) throw new UsageError(error.message);
    throw error;
  }
}
