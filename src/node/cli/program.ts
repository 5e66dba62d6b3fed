import { Command as Commander, CommanderError, Option } from "commander";
import { printable } from "../../diagnostics.ts";
import { type Command, type OptionSpec, UsageError } from "./command.ts";
import { commandsFor } from "./commands/index.ts";
import { errorJson, errorText, type Io } from "./io.ts";
import { GLOBAL } from "./options.ts";

export { processIo } from "./io.ts";

/** Wrong usage, as opposed to a model or data at fault. */
const USAGE = 2;

/** Runs one command line and gives the exit code: 0 done, 1 the model or data is at fault, 2 wrong usage. */
export async function runCommandLine(args: readonly string[], version: string, given: Io): Promise<number> {
  let code = 0;
  const io = harmless(given);
  const json = args.includes("--json");
  const program = shell(version, json ? { ...io, say: () => undefined } : io);
  for (const command of await commandsFor(args[0]))
    addCommand(program, command, io, (result) => (code = result));
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const wrong = error instanceof CommanderError ? new UsageError(error.message) : error;
    if (json) io.out(errorJson(wrong));
    else if (wrong === error)
      io.say(error instanceof UsageError ? `error: ${error.message}` : errorText(error));
    return wrong instanceof UsageError ? USAGE : 1;
  }
}

/** Names of a model stand in results, too: what a terminal would obey is escaped, which JSON and source code take as well. */
const harmless = (io: Io): Io => ({
  ...io,
  out: (result) => io.out(typeof result === "string" ? printable(result) : result),
});

function shell(version: string, io: Io): Commander {
  return new Commander("keraunos")
    .description(
      "Reads Keras models, prints Keras's summary, compiles them, trains them, and saves files that Keras opens.",
    )
    .version(version, "--version")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.say(text) })
    .showHelpAfterError("(keraunos COMMAND --help says more)")
    .helpCommand("help [COMMAND]", "what a command does")
    .addHelpText("after", "\nkeraunos COMMAND --help has the options and examples of a command.");
}

function addCommand(program: Commander, command: Command, io: Io, done: (code: number) => void): void {
  const made = program.command(command.name).summary(command.summary).description(command.summary);
  for (const [name, help] of command.arguments) made.argument(name, help);
  for (const spec of optionsOf(command)) made.addOption(option(spec));
  made.addHelpText("after", examples(command));
  made.action(async (...given: unknown[]) => {
    const count = command.arguments.length;
    const result = await command.run(
      given.slice(0, count) as string[],
      given[count] as Record<string, unknown>,
      io,
    );
    done(result ?? 0);
  });
}

/** Every command prints its errors as data; those that print data do so with the same option. */
function optionsOf({ options }: Command): readonly OptionSpec[] {
  const own = options.some(([flags]) => flags === "--json");
  return [...options, ...(own ? [] : [["--json", "errors as data"] as const]), ...GLOBAL];
}

function option([flags, help, parse]: OptionSpec): Option {
  const made = new Option(flags, help);
  return parse ? made.argParser(parse) : made;
}

function examples({ examples: list }: Command): string {
  if (list.length === 0) return "";
  return `\nExamples:\n${list.map(([line, does]) => `  keraunos ${line}\n      ${does}`).join("\n")}`;
}
