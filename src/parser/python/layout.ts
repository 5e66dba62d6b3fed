import { createTokenInstance, type IToken, Lexer } from "chevrotain";
import type { Code, Diagnostic } from "../../diagnostics.ts";
import { placeOf, type SourceText } from "./source-text.ts";
import * as t from "./tokens.ts";

/** Nesting of brackets, and of indented blocks, that is read at most. */
export const MAX_NESTING = 200;
const MAX_INDENTS = 100;
/** Tokens that are read at most. */
export const MAX_TOKENS = 200_000;
/** Problems that are told at most. */
export const MAX_PROBLEMS = 50;

/** Never changes once made. */
export const lexer = new Lexer(t.vocabulary, {
  ensureOptimizations: false,
  positionTracking: "full",
  skipValidations: true,
});

/** Tokens of one top-level statement, blocks included. */
export type Chunk = readonly IToken[];

interface Reader {
  readonly problem: (code: Code, message: string, token: IToken, more?: Partial<Diagnostic>) => void;
  readonly out: IToken[];
  readonly brackets: IToken[];
  readonly indents: number[];
}

/**
 * Source text to statements: tokens with line ends and indentation made explicit, cut where a new statement begins at
 * the left margin, so that an error in one statement leaves the others readable.
 */
export function layout(source: SourceText, problems: Diagnostic[]): Chunk[] {
  const { tokens, errors } = lexer.tokenize(source.code);
  const problem: Reader["problem"] = (code, message, token, more) =>
    problems.push({
      code,
      message,
      at: placeOf(source, token.startLine ?? 1, token.startColumn ?? 1),
      ...more,
    });
  if (tokens.length > MAX_TOKENS) {
    problem("python-size", "The source has too many words and signs.", tokens[MAX_TOKENS], {
      expected: `at most ${MAX_TOKENS}`,
      received: `${tokens.length}`,
    });
    return [];
  }
  for (const e of errors.slice(0, MAX_PROBLEMS)) {
    const at = placeOf(source, e.line ?? 1, e.column ?? 1);
    problems.push({
      code: "python-character",
      message: `Python does not know the character ${JSON.stringify(source.text[e.offset] ?? "")} here.`,
      at,
      ...(/[\u2018-\u201f]/.test(source.text[e.offset] ?? "") && { hint: "Write straight quotes: ' or \"." }),
    });
  }
  const reader: Reader = { problem, out: [], brackets: [], indents: [0] };
  for (const token of tokens) if (!place(reader, token)) break;
  finish(reader);
  return chunks(reader.out);
}

/** Puts one token down; false when reading must stop. */
function place(r: Reader, token: IToken): boolean {
  if (token.tokenType === t.Newline) {
    if (r.brackets.length === 0 && r.out.length > 0 && !endsLine(r.out.at(-1)!)) r.out.push(token);
    return true;
  }
  if (token.tokenType === t.Unclosed) {
    r.problem("python-string", "This string is not closed.", token, {
      expected: `the closing ${token.image.match(/["']/)![0]}`,
    });
  }
  if (r.brackets.length === 0 && (r.out.length === 0 || endsLine(r.out.at(-1)!))) indent(r, token);
  if (!bracket(r, token)) return false;
  r.out.push(token);
  return true;
}

const endsLine = (token: IToken): boolean =>
  token.tokenType === t.Newline || token.tokenType === t.Indent || token.tokenType === t.Dedent;

function indent(r: Reader, token: IToken): void {
  const column = (token.startColumn ?? 1) - 1;
  const now = r.indents.at(-1)!;
  const open = [...r.indents];
  if (column > now && r.indents.length < MAX_INDENTS) {
    r.indents.push(column);
    r.out.push(mark(t.Indent, token));
  }
  while (column < r.indents.at(-1)!) {
    r.indents.pop();
    r.out.push(mark(t.Dedent, token));
  }
  if (column !== r.indents.at(-1)) {
    r.problem("python-indent", "This line's indentation fits no block above it.", token, {
      expected: `${open.join(" or ")} spaces`,
      received: `${column}`,
    });
  }
}

const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };

function bracket(r: Reader, token: IToken): boolean {
  if (token.tokenType === t.LParen || token.tokenType === t.LBracket || token.tokenType === t.LBrace) {
    r.brackets.push(token);
    if (r.brackets.length <= MAX_NESTING) return true;
    r.problem("python-nesting", "Brackets are nested too deeply.", token, {
      expected: `at most ${MAX_NESTING} levels`,
      received: `${r.brackets.length}`,
    });
    r.brackets.length = 0;
    return false;
  }
  if (Object.hasOwn(closes, token.image) && token.tokenType.name === token.image) {
    if (r.brackets.at(-1)?.image === closes[token.image]) r.brackets.pop();
    else unmatched(r, token);
  }
  return true;
}

function unmatched(r: Reader, token: IToken): void {
  const open = r.brackets.pop();
  const message = open
    ? `\`${token.image}\` does not close the \`${open.image}\` of line ${open.startLine}.`
    : `\`${token.image}\` closes nothing.`;
  r.problem("python-syntax", message, token);
}

/** Closes the last line and all blocks; says which bracket was left open. */
function finish(r: Reader): void {
  const last = r.out.at(-1);
  if (last === undefined) return;
  const open = r.brackets[0];
  if (open && !r.out.some((token) => token.tokenType === t.Unclosed))
    r.problem("python-syntax", `\`${open.image}\` is never closed.`, open);
  if (!endsLine(last)) r.out.push(mark(t.Newline, last));
  for (let n = r.indents.length; n > 1; n--) r.out.push(mark(t.Dedent, last));
}

function mark(type: (typeof t)["Indent"], near: IToken): IToken {
  const { startOffset, startLine = 1, startColumn = 1 } = near;
  return createTokenInstance(
    type,
    "",
    startOffset,
    startOffset,
    startLine,
    startLine,
    startColumn,
    startColumn,
  );
}

const goesOn = new Set([t.Else, t.Elif, t.Except, t.Finally, t.Indent, t.Dedent]);

function chunks(tokens: readonly IToken[]): Chunk[] {
  const out: IToken[][] = [];
  let depth = 0;
  let fresh = true;
  let decorated = false;
  for (const token of tokens) {
    if (fresh && depth === 0 && !goesOn.has(token.tokenType) && !decorated) out.push([]);
    if (fresh && depth === 0) decorated = token.tokenType === t.At;
    if (token.tokenType === t.Indent) depth++;
    if (token.tokenType === t.Dedent) depth--;
    if (out.length === 0) out.push([]);
    out.at(-1)!.push(token);
    fresh = endsLine(token);
  }
  return out;
}
