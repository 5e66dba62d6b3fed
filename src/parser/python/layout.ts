import { type IToken, Lexer } from "chevrotain";
import type { Diagnostic } from "../../diagnostics.ts";
import { bracket, type Fault, isClosing, isOpening, unclosed } from "./brackets.ts";
import { indentation, type Indents, type Line, MARGIN, mark, noBlock } from "./indents.ts";
import { placeOf, type SourceText } from "./source-text.ts";
import { softKeywords } from "./soft-keywords.ts";
import * as t from "./tokens.ts";

/** Problems that are told at most. */
export const MAX_PROBLEMS = 50;

/** Never changes once made. */
export const lexer = new Lexer(t.vocabulary, {
  ensureOptimizations: false,
  positionTracking: "full",
  skipValidations: true,
});

/** Tokens of one top-level statement, blocks included. */
export interface Chunk {
  readonly tokens: readonly IToken[];
  /** Something in it was reported already. */
  readonly broken: boolean;
}

interface Reader {
  readonly code: string;
  readonly fault: Fault;
  readonly out: IToken[];
  /** Brackets that are open. */
  readonly brackets: IToken[];
  readonly indents: Indents;
  /** Where in `out` the line begins that is being read. */
  start: number;
  before?: Line;
  /** Nothing more is told of this line. */
  broken: boolean;
}

/**
 * Source text to statements: tokens with line ends and indentation made explicit, cut where a new statement begins at
 * the left margin, so that an error in one statement leaves the others readable.
 */
export function layout(source: SourceText, problems: Diagnostic[]): Chunk[] {
  const { tokens } = lexer.tokenize(source.code);
  const faulty = new Set<IToken>();
  const fault: Fault = (code, message, token, more) => {
    faulty.add(token);
    if (problems.length >= MAX_PROBLEMS) return;
    problems.push({
      code,
      message,
      at: placeOf(source, token.startLine ?? 1, token.startColumn ?? 1),
      ...more,
    });
  };
  const last = tokens.at(-1);
  if (last?.tokenType === t.Surplus) {
    fault("python-size", "The source has too many words and signs.", last, {
      expected: `at most ${t.MAX_TOKENS}`,
      received: "more",
    });
    return [];
  }
  const lines = strangers(source, tokens, problems);
  const known = lines.size > 0 ? tokens.filter((token) => !isStranger(token)) : tokens;
  const reader = newReader(source.code, fault);
  for (let k = 0; k < known.length; k++) {
    if (!place(reader, known[k])) return [];
    if (k === known.length - 1 && reader.brackets.length > 0) k = resume(reader, known) - 1;
  }
  finish(reader);
  return chunks(softKeywords(reader.out), (token) => faulty.has(token) || lines.has(token.startLine ?? 0));
}

function newReader(code: string, told: Fault): Reader {
  const reader: Reader = {
    code,
    out: [],
    brackets: [],
    indents: [MARGIN],
    start: 0,
    broken: false,
    fault: (...problem) => {
      if (!reader.broken || problem[0] === "python-string") told(...problem);
      reader.broken = true;
    },
  };
  return reader;
}

export const isStranger = ({ tokenType }: IToken): boolean => tokenType === t.Stranger;

/** Characters that no Python has; the lines in which they stand. */
function strangers(source: SourceText, tokens: readonly IToken[], problems: Diagnostic[]): Set<number> {
  const all = tokens.filter(isStranger);
  const first = all.filter((token, k) => token.startOffset - 1 !== all[k - 1]?.startOffset);
  for (const { startLine: line = 1, startColumn: column = 1, image } of first.slice(0, MAX_PROBLEMS)) {
    problems.push({
      code: "python-character",
      message: `Python does not know the character ${JSON.stringify(image)} here.`,
      at: placeOf(source, line, column),
      ...(/[\u2018-\u201f]/.test(image) && { hint: "Write straight quotes: ' or \"." }),
    });
  }
  return new Set(all.map(({ startLine = 0 }) => startLine));
}

/** Puts one token down; false when reading must stop. */
function place(r: Reader, token: IToken): boolean {
  if (token.tokenType === t.Newline) {
    if (r.brackets.length === 0 && r.out.length > r.start) endLine(r, token);
    return true;
  }
  if (token.tokenType === t.Unclosed) {
    r.fault("python-string", "This string is not closed.", token, {
      expected: `the closing ${/"{3}|'{3}|["']/.exec(token.image)![0]}`,
    });
  }
  if (r.brackets.length === 0 && r.out.length === r.start) {
    r.out.push(...indentation(r.indents, r.code, token, r.before, r.fault));
    r.start = r.out.length;
  }
  if (!bracket(r.brackets, token, r.fault)) return false;
  r.out.push(token);
  return true;
}

function endLine(r: Reader, end: IToken): void {
  r.before = { first: r.out[r.start], last: r.out.at(-1)! };
  r.out.push(end);
  r.start = r.out.length;
  r.broken = false;
}

/** Words with which a line begins a statement, in brackets or not. */
const statements = [t.Import, t.From, t.Def, t.Class, t.Return, t.With, t.While];
const isWord = ({ tokenType }: IToken): boolean => tokenType === t.Name || statements.includes(tokenType);

/** A bracket was left open to the end: where the next statement seems to begin, and the reader goes on. */
function resume(r: Reader, tokens: readonly IToken[]): number {
  const [open] = r.brackets;
  const margin = r.out[r.start].startColumn ?? 1;
  const from = tokens.indexOf(open);
  const next = tokens.findIndex((token, k) => {
    if (k <= from || (token.startColumn ?? 1) > margin || tokens[k - 1].tokenType !== t.Newline) return false;
    const last = tokens.slice(from, k).findLast(({ tokenType }) => tokenType !== t.Newline)!;
    return isWord(token) && (statements.includes(token.tokenType) || !goesOn(last));
  });
  unclosed(r.brackets.at(-1)!, r.fault);
  const left = next < 0 ? tokens.length : next;
  const end = r.out.indexOf(tokens[left], r.start);
  if (end >= 0) r.out.length = end;
  r.brackets.length = 0;
  endLine(r, mark(t.Newline, r.out.at(-1)!));
  return left;
}
const goesOn = (last: IToken): boolean =>
  isOpening(last) ||
  (!isClosing(last) &&
    last.tokenType !== t.Name &&
    !/Literal|^(Number|String)$|^Kw_/.test(last.tokenType.name));

/** Closes the last line and all blocks. */
function finish(r: Reader): void {
  const last = r.out.at(-1);
  if (last === undefined) return;
  if (r.out.length > r.start) endLine(r, mark(t.Newline, last));
  if (r.before?.last.tokenType === t.Colon) noBlock(r.before, r.fault, last);
  for (let n = r.indents.length; n > 1; n--) r.out.push(mark(t.Dedent, last));
}

const goesOnAfter = new Set([t.Else, t.Elif, t.Except, t.Finally, t.Indent, t.Dedent]);
const endsLine = ({ tokenType }: IToken): boolean => [t.Newline, t.Indent, t.Dedent].includes(tokenType);

function chunks(tokens: readonly IToken[], isFaulty: (token: IToken) => boolean): Chunk[] {
  const out: { tokens: IToken[]; broken: boolean }[] = [];
  let depth = 0;
  let fresh = true;
  let decorated = false;
  for (const token of tokens) {
    const begins = fresh && depth === 0 && !goesOnAfter.has(token.tokenType) && !decorated;
    if (begins || out.length === 0) out.push({ tokens: [], broken: false });
    if (fresh && depth === 0) decorated = token.tokenType === t.At;
    if (token.tokenType === t.Indent) depth++;
    if (token.tokenType === t.Dedent) depth--;
    const chunk = out.at(-1)!;
    chunk.tokens.push(token);
    chunk.broken ||= isFaulty(token);
    fresh = endsLine(token);
  }
  return out;
}
