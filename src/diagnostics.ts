import type { Code } from "./diagnostics/codes.ts";

export type { Code };

/** Where something was said: a position in a source text, a JSON path, a layer path, or several of these. */
export interface Where {
  readonly file?: string;
  /** Of a notebook: the number of the code cell, 1-based; the line is then one of the cell. */
  readonly cell?: number;
  /** 1-based. */
  readonly line?: number;
  /** 1-based. */
  readonly column?: number;
  /** JSON path, HDF5 path or path of layer names. */
  readonly path?: string;
  /** The source line or lines around the place, with a caret. */
  readonly frame?: string;
}

/** One thing that is wrong, as data: the command line, the library and tests render it as they need. */
export interface Diagnostic {
  /** Stable; what each means stands in the table of codes. */
  readonly code: Code;
  /** What is wrong, in one sentence. */
  readonly message: string;
  readonly at?: Where;
  readonly expected?: string;
  readonly received?: string;
  /** A way out: "Did you mean …?" */
  readonly hint?: string;
}

/** The only error type that leaves the library for bad input. `errors` holds every problem found. */
export class ModelError extends Error {
  override readonly name: string = "ModelError";
  readonly code: Code;
  readonly path: string | undefined;
  readonly expected: string | undefined;
  readonly received: string | undefined;
  readonly errors: readonly Diagnostic[];

  constructor(problems: Diagnostic | readonly Diagnostic[]) {
    const errors = Array.isArray(problems) ? (problems as readonly Diagnostic[]) : [problems as Diagnostic];
    super(renderAll(errors));
    const [first] = errors;
    this.code = first?.code ?? "internal";
    this.path = first?.at?.path;
    this.expected = first?.expected;
    this.received = first?.received;
    this.errors = errors;
  }

  /** The first problem as data, and all of them under `errors`: what `JSON.stringify` and `--json` give to tools. */
  toJSON(): Partial<Diagnostic> & { readonly errors: readonly Diagnostic[] } {
    return { ...(this.errors[0] ?? { code: this.code, message: this.message }), errors: this.errors };
  }
}

/** Problems in the order of their places. */
export const byPlace = (problems: readonly Diagnostic[]): Diagnostic[] =>
  [...problems].sort(
    ({ at: a = {} }, { at: b = {} }) =>
      (a.cell ?? 0) - (b.cell ?? 0) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );

/** The problems of a piece of work, none where it succeeds. */
export function problemsOf(work: () => unknown): readonly Diagnostic[] {
  try {
    work();
    return [];
  } catch (error) {
    if (error instanceof ModelError) return error.errors;
    throw error;
  }
}

/** A limit on untrusted input was passed; the message names the limit, its value and the place. */
export class ModelLimitError extends ModelError {
  override readonly name: string = "ModelLimitError";
}

/** Diagnostics that a text shows at most; all of them are data. */
const SHOWN = 20;
/** Characters that a text quotes of one part of a diagnostic at most, and how many of them are its last ones. */
const QUOTED = 1500;
const LAST = 300;

/** Diagnostics as text, one after the other, and how many more there are. */
export function renderAll(all: readonly Omit<Diagnostic, "code">[]): string {
  const more = all.length - SHOWN;
  const shown = all.slice(0, SHOWN).map(render);
  return [...shown, ...(more > 0 ? [`… and ${more} more ${more > 1 ? "errors" : "error"}.`] : [])].join("\n");
}

/** A text from a stranger's file whose middle is left out where it is too long to read. */
function bounded(text: string): string {
  if (text.length <= QUOTED) return text;
  const left = text.length - QUOTED;
  return `${text.slice(0, QUOTED - LAST)}… (${left} more characters) …${text.slice(-LAST)}`;
}

/** One diagnostic as text: `file:line:column: message Expected …, received …. hint`, then the code frame. */
export function render(d: Omit<Diagnostic, "code">): string {
  const { file, cell, line, column, path, frame } = d.at ?? {};
  const position = [file, cell && `cell ${cell}`, line, column]
    .filter((part) => part !== undefined)
    .join(":");
  const place = inLine(bounded([position, path].filter((part) => part).join(": ")));
  const parts = [bounded(d.message)];
  if (d.expected !== undefined) parts.push(`Expected: ${bounded(d.expected)}.`);
  if (d.received !== undefined) parts.push(`Received: ${bounded(d.received)}.`);
  if (d.hint !== undefined) parts.push(bounded(d.hint));
  return printable(`${place ? `${place}: ` : ""}${parts.join(" ")}`) + (frame ? `\n${frame}` : "");
}

/** Our own fault, never the user's. */
export function internal(message: string): Error {
  return new Error(`internal: ${message}. Please report this with the model.`);
}

/** Text from a file made harmless for a terminal: control characters and bidirectional overrides are escaped. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, (c) => {
    return c === "\n" || c === "\t" ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The same for a name within a line: it cannot begin another one. */
export const inLine = (text: string): string =>
  printable(text).replaceAll("\n", "\\n").replaceAll("\t", "\\t");

/** `sparse_crossentropy`: all words of the candidate but one between the first and the last. */
function lacksWord(word: string, candidate: string): boolean {
  const [mine, all] = [word, candidate].map((name) => name.toLowerCase().split("_"));
  const left = all.findIndex((part, k) => part !== mine[k]);
  return (
    mine.length > 1 && left > 0 && left < mine.length && all.toSpliced(left, 1).join("_") === mine.join("_")
  );
}

/** The candidate nearest to `word` by edit distance, if it is near enough to be a slip of the fingers. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  const begins = (candidate: string): boolean => candidate[0]?.toLowerCase() === word[0]?.toLowerCase();
  let best: string | undefined;
  let least = Math.min(word.length, Math.max(1, Math.floor(word.length / 3)) + 1);
  for (const candidate of candidates) {
    const d = lacksWord(word, candidate)
      ? 1
      : distance(word.toLowerCase(), candidate.toLowerCase(), least + 1);
    const nearer = d === least && best !== undefined && begins(candidate) && !begins(best);
    if (d < least || nearer) [best, least] = [candidate, d];
  }
  return best;
}

/** "Did you mean X?" or undefined. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  const near = closest(word, candidates);
  return near === undefined ? undefined : `Did you mean ${near}?`;
}

/** Letters to change, add, leave out, or to swap with their neighbour; `limit` where it is that or more. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2] + 1 : limit;
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, change, swap);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}

/** Columns of a frame; of longer lines it shows the part around the place. */
const FRAME = 120;

/** The lines around a position with a caret under it. Lines and columns are 1-based. */
export function codeFrame(source: string, line: number, column: number): string {
  const lines = source.split("\n");
  const from = Math.max(1, line - 1);
  const to = Math.min(lines.length, line + 1);
  const width = String(to).length;
  const cut = column > FRAME - 20 ? column - 1 - FRAME / 2 : 0;
  const out: string[] = [];
  for (let n = from; n <= to; n++) {
    const text = shown(lines[n - 1].replace(/\r$/, ""), cut);
    out.push(`${n === line ? ">" : " "} ${String(n).padStart(width)} | ${text}`);
    if (n === line) out.push(`  ${" ".repeat(width)} | ${" ".repeat(caret(lines[n - 1], cut, column))}^`);
  }
  return out.join("\n");
}

/** The part of a line that a frame shows; what is left out is marked. */
function shown(line: string, cut: number): string {
  if (cut >= line.length && cut > 0) return line === "" ? "" : "…";
  const text = printable(line.slice(cut, cut + FRAME));
  return `${cut > 0 ? "…" : ""}${text}${line.length > cut + FRAME ? "…" : ""}`;
}

/** How far in the caret stands: characters may take more room than they had. */
const caret = (line: string, cut: number, column: number): number =>
  printable(line.slice(cut, column - 1)).length + (cut > 0 ? 1 : 0) + Math.max(0, column - 1 - line.length);

/** Refuses keys that nothing would read. */
export function checkKeys(owner: string, options: object, known: readonly string[]): void {
  const kind = Object.prototype.toString.call(options).slice(8, -1);
  if (kind !== "Object") {
    const message = `The options of ${owner} are no object.`;
    throw new ModelError({ code: "bad-options", message, expected: "an object of options", received: kind });
  }
  const problems = Object.keys(options)
    .filter((key) => !known.includes(key))
    .map((key): Diagnostic => ({
      code: "unknown-option",
      message: `${owner} has no option ${JSON.stringify(key)}.`,
      expected: known.join(", "),
      received: printable(key),
      hint: didYouMean(key, known),
    }));
  if (problems.length) throw new ModelError(problems);
}
