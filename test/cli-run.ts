import { runCommandLine } from "../src/node/cli/program.ts";
import type { Io } from "../src/node/cli/io.ts";
import { nodeHost } from "../src/node/platform.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process, its streams kept. */
export async function run(args: readonly string[], stdin = ""): Promise<Ran> {
  const [out, err]: string[][] = [[], []];
  const text = (part: string | Uint8Array): string =>
    typeof part === "string" ? part : new TextDecoder().decode(part);
  const io: Io = {
    out: (result) => void out.push(text(result)),
    say: (message) => void err.push(message),
    progress: (message) => void err.push(message),
    stdin: () => Promise.resolve(new TextEncoder().encode(stdin)),
    terminal: false,
    outTerminal: false,
    host: nodeHost(() => process.stderr),
  };
  const code = await runCommandLine(args, "0.0.0", io);
  return { code, out: out.join("\n"), err: err.join("\n") };
}
