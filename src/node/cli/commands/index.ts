import type { Command } from "../command.ts";

/** Every command by its name, in the order of the help. */
const COMMANDS: ReadonlyMap<string, () => Promise<Command>> = new Map([
  ["summary", async () => (await import("./summary.ts")).summary],
  ["check", async () => (await import("./check.ts")).check],
  ["compile", async () => (await import("./compile.ts")).compile],
  ["predict", async () => (await import("./predict.ts")).predict],
  ["fit", async () => (await import("./fit.ts")).fit],
  ["evaluate", async () => (await import("./evaluate.ts")).evaluate],
  ["convert", async () => (await import("./convert.ts")).convert],
  ["verify", async () => (await import("./verify.ts")).verify],
  ["datasets", async () => (await import("./datasets.ts")).datasets],
  ["plot", async () => (await import("./later.ts")).plot],
  ["bench", async () => (await import("./bench.ts")).bench],
]);

/** The command of this name alone; all of them where there is none, for help and for what a misspelt name may mean. */
export function commandsFor(name: string | undefined): Promise<readonly Command[]> {
  const one = COMMANDS.get(name ?? "");
  return Promise.all((one ? [one] : [...COMMANDS.values()]).map((load) => load()));
}
