import { Command as Commander, CommanderError, Option } from "commander";
import { type Command, type OptionSpec, UsageError } from "./command.ts";
import { commands } from "./commands/index.ts";
import { errorText, type Io } from "./io.ts";
import { GLOBAL } from "./options.ts";

/** Wrong usage, as opposed to a model or data at fault. */
const USAGE = 2;

/** Runs one command line and gives the exit code: 0 done, 1 the model or data is at fault, 2 wrong usage. */
export async function runCommandLine(args: readonly string[], version: string, io: Io): Promise<number> {
  let code = 0;
  const program = shell(version, io);
  for (const command of commands) addCommand(program, command, io, (result) => (code = result));
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (error instanceof UsageError) io.say(`error: ${error.message}`);
    else io.say(errorText(error));
    return error instanceof UsageError ? USAGE : 1;
  }
}

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
  for (const spec of [...command.options, ...GLOBAL]) made.addOption(option(spec));
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

function option([flags, help, parse]: OptionSpec): Option {
  const made = new Option(flags, help);
  return parse ? made.argParser(parse) : made;
}

function examples({ examples: list }: Command): string {
  if (list.length === 0) return "";
  return `\nExamples:\n${list.map(([line, does]) => `  keraunos ${line}\n      ${does}`).join("\n")}`;
}
