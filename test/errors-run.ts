import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { readFileSync } from "node:fs";
import { writeHdf5 } from "../src/formats/hdf5.ts";
import type { Hdf5Entry } from "../src/formats/hdf5-protocol.ts";
import { writeZip } from "../src/formats/zip.ts";
import { emit } from "../src/emit.ts";
import * as page from "../src/index.ts";
import * as library from "../src/node/index.ts";
import { spawnThread } from "../src/node/hdf5.ts";
import { type Diagnostic, ModelError } from "../src/diagnostics.ts";
import type { Io } from "../src/node/cli/io.ts";
import { nodeHost } from "../src/node/platform.ts";
import { run } from "./cli-run.ts";
import { profile } from "../src/bench.ts";
import { readOptimizerState } from "../src/formats/optimizer-state.ts";
import { commandsFor } from "../src/node/cli/commands/index.ts";
import { argument } from "../src/parser/python-write/objects.ts";
import { fileError } from "../src/node/file-error.ts";
import { archive } from "./zip-archive.ts";

/** What a fixture of fixtures/errors does: a command line, or JavaScript that calls the library; with the files it needs. */
interface Case {
  readonly does: string;
  readonly files: readonly (readonly [name: string, content: string, recipe: boolean])[];
}

/** `$ command` or `> JavaScript`, then files: `--- name` and its text, or `--- name <-` and JavaScript that makes its bytes. */
export function readCase(text: string): Case {
  const [does, ...parts] = text.split(/^--- /m);
  const files = parts.map((part) => {
    const [, name, recipe, content] = /^(\S+)( <-)?\n([^]*)$/.exec(part)!;
    return [name, content, recipe !== undefined] as const;
  });
  return { does: does.trimEnd(), files };
}

/** What a fixture's JavaScript may use beside the library. */
const TOOLS = {
  bytesOf: (path: string): Uint8Array =>
    new Uint8Array(readFileSync(new URL(`../fixtures/${path}`, import.meta.url))),
  text: (s: string): Uint8Array => new TextEncoder().encode(s),
  zip: (members: Record<string, string | Uint8Array>): Promise<Uint8Array> =>
    writeZip(new Map(Object.entries(members).map(([name, b]) => [name, TOOLS.bytes(b)]))),
  archive,
  bytes: (b: string | Uint8Array): Uint8Array => (typeof b === "string" ? TOOLS.text(b) : b),
  h5: (...entries: Hdf5Entry[]): Promise<Uint8Array> => writeHdf5(entries, spawnThread),
  /** A `.npy` of float64, which the library itself never writes. */
  writeNpy64: (values: number[]): Uint8Array => {
    const head = "{'descr': '<f8', 'fortran_order': False, 'shape': (1, " + values.length + "), }";
    const begin = TOOLS.text("\x93NUMPY\x01\x00").filter((b) => b !== 0xc2);
    const text = TOOLS.text(`${head.padEnd(117)}\n`);
    const body = new Uint8Array(Float64Array.from(values).buffer);
    return new Uint8Array([...begin, text.length, 0, ...text, ...body]);
  },
  changed: (bytes: Uint8Array, at: number, value: number): Uint8Array => bytes.with(at, value),
};

/** A terminal, where binary results do not go. */
const TERMINAL: Io = {
  host: nodeHost(),
  out: () => undefined,
  progress: () => undefined,
  say: () => undefined,
  stdin: () => Promise.resolve(new Uint8Array()),
  terminal: true,
  outTerminal: true,
};

/** What only the system, a terminal or an older file brings about. */
const INNER = {
  page,
  pythonArgument: argument,
  emit,
  fileError,
  readOptimizerState,
  profile,
  inTerminal: async (name: string, model: string, options: object): Promise<unknown> =>
    (await commandsFor(name))[0].run([model], { ...options }, TERMINAL),
};

/** The names and values that a fixture's JavaScript sees. */
const SCOPE: Readonly<Record<string, unknown>> = { ...library, ...TOOLS, ...INNER };

function evaluate(code: string): Promise<unknown> {
  const Async = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...parts: string[]
  ) => (...values: unknown[]) => Promise<unknown>;
  return new Async(...Object.keys(SCOPE), code)(...Object.values(SCOPE));
}

/** Runs a fixture in a folder of its own: what is said, and the codes of all problems. */
export async function runCase({ does, files }: Case): Promise<{ text: string; codes: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "keraunos-errors-"));
  const home = process.cwd();
  try {
    for (const [name, content, recipe] of files) {
      const made = recipe ? await evaluate(`return (${content.trim().replace(/;$/, "")})`) : content;
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), made as string | Uint8Array);
    }
    process.chdir(folder);
    return does.startsWith("$ ") ? await ofCommand(does.slice(2)) : await ofLibrary(does.slice(2));
  } finally {
    process.chdir(home);
    rmSync(folder, { recursive: true });
  }
}

async function ofCommand(line: string): Promise<{ text: string; codes: readonly string[] }> {
  const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]);
  const said = await run(args);
  const data = await run([...args, "--json"]);
  const { errors } = JSON.parse(data.out) as { errors: readonly Diagnostic[] };
  if (said.code === 0) throw new Error(`nothing was refused: ${said.out}`);
  return { text: `${said.err}${said.out}`, codes: errors.map((e) => e.code) };
}

async function ofLibrary(code: string): Promise<{ text: string; codes: readonly string[] }> {
  try {
    await evaluate(code);
  } catch (error) {
    if (error instanceof ModelError) return { text: error.message, codes: error.errors.map((e) => e.code) };
    throw error;
  }
  throw new Error("nothing was refused");
}
