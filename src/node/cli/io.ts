import { type Diagnostic, ModelError, printable, render } from "../../diagnostics.ts";
import type { Spawn } from "../../formats/hdf5.ts";
import type { Note } from "../../ir/spec.ts";
import type { Host } from "../../load/host.ts";
import { nodeHost } from "../platform.ts";
import { UsageError } from "./command.ts";

/** Where a command writes: results to standard output, everything else to standard error. */
export interface Io {
  /** A result; a line break is added to text that has none at its end. */
  out(result: string | Uint8Array): void;
  /** A message. */
  say(message: string): void;
  /** Progress, as it comes. */
  progress(text: string): void;
  readonly stdin: () => Promise<Uint8Array>;
  /** Whether progress, and results, go to a terminal. */
  readonly terminal: boolean;
  readonly outTerminal: boolean;
  /** Files and engines. Progress and messages are no results: they go to standard error. */
  readonly host: Host;
}

/** The streams of this process. */
export const processIo = (spawn?: Spawn): Io => ({
  out: (result) => void process.stdout.write(typeof result === "string" ? ended(result) : result),
  say: (message) => void process.stderr.write(ended(message)),
  progress: (text) => void process.stderr.write(text),
  stdin: once(readStdin),
  terminal: process.stderr.isTTY === true,
  outTerminal: process.stdout.isTTY === true,
  host: nodeHost(() => process.stderr, spawn),
});

const ended = (text: string): string => (text.endsWith("\n") ? text : `${text}\n`);

async function readStdin(): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return new Uint8Array(Buffer.concat(parts));
}

/** Standard input can be read once, but asked for again. */
export function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

/** Notes as lines, each with its place. */
export function sayNotes(notes: readonly Note[], io: Io): void {
  for (const { message, at } of notes) {
    const { frame: _frame, ...place } = at ?? {};
    io.say(`note: ${render({ message, at: place })}`);
  }
}

/** An error as tools read it: `code`, `message`, `at`, `expected`, `received`, `hint` of the first problem, and all `errors`. */
export function errorJson(error: unknown): string {
  const known = error instanceof ModelError ? error : new ModelError(asDiagnostic(error));
  return JSON.stringify({ ok: false, ...known.toJSON() }, null, 2);
}

const asDiagnostic = (error: unknown): Diagnostic => ({
  code: error instanceof UsageError ? "usage" : "internal",
  message: error instanceof UsageError ? error.message : errorText(error),
});

/** What is said of an error; our own faults begin with "internal:". */
export function errorText(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = error instanceof Error && /^Model(Limit)?Error$/.test(error.name);
  if (known || message.startsWith("internal:")) return message;
  return printable(`internal: ${message}. Please report this with the model.`);
}
