import { type IRecognitionException, type IToken } from "chevrotain";
import type { Diagnostic } from "../../diagnostics.ts";
import type { Expr, Statement } from "./ast.ts";
import { AT_MOST, isTooDeep, NESTED_TOO_DEEPLY } from "./brackets.ts";
import { PythonGrammar } from "./grammar.ts";
import { isStranger, layout, lexer, MAX_PROBLEMS } from "./layout.ts";
import { type Complain, numberOf, stringOf } from "./literals.ts";
import { wordOf, words } from "./syntax-errors.ts";
import { placeOf, type SourceText } from "./source-text.ts";
import * as t from "./tokens.ts";

/** Longest source that is read, in UTF-16 units. */
export const MAX_SOURCE = 1 << 20;

/** Line and column of offsets, both 1-based. */
export type Locate = (offset: number) => { line: number; column: number };

export function locator(source: string): Locate {
  const starts = [0];
  for (let i = source.indexOf("\n"); i >= 0; i = source.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    let [low, high] = [0, starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - starts[low] + 1 };
  };
}

export interface Parsed {
  readonly statements: Statement[];
  readonly problems: Diagnostic[];
  /** Names that statements with errors would have set. */
  readonly lost: readonly string[];
}

type Tokens = readonly IToken[];

/** Statements of a source, and every syntax error: one a statement, so that one slip does not hide the others. */
export function parseStatements(source: SourceText): Parsed {
  const problems: Diagnostic[] = [];
  const locate = locator(source.code);
  const complain: Complain = (code, message, offset, more) => {
    const { line, column } = locate(offset);
    problems.push({ code, message, at: placeOf(source, line, column), ...more });
  };
  const grammar = grammarAt(0, complain);
  const lost: string[] = [];
  const statements = layout(source, problems).flatMap(({ tokens, broken }) => {
    const made =
      broken || problems.length >= MAX_PROBLEMS ? undefined : statementsOf(grammar, tokens, complain);
    if (made === undefined) lost.push(...setBy(tokens));
    return made ?? [];
  });
  return { statements, problems, lost };
}

/** f-strings stand in f-strings at most this deep: each needs a reader of its own. */
const MAX_FSTRINGS = 4;
/** Parts of all f-strings that are read at most. */
const MAX_PARTS = 10_000;

/** The reader of what stands in f-strings of this depth; that of the next depth is made when it is needed. */
function grammarAt(depth: number, complain: Complain, meter = { parts: 0 }): PythonGrammar {
  let inside: PythonGrammar | undefined;
  const inner = (text: string, offset: number): Expr | undefined => {
    if (meter.parts++ === MAX_PARTS)
      complain("python-size", "The f-strings of the snippet have too many parts.", offset, {
        expected: `at most ${MAX_PARTS}`,
      });
    if (meter.parts > MAX_PARTS) return { kind: "constant", value: null, offset };
    if (depth === MAX_FSTRINGS) return undefined;
    return expressionOf((inside ??= grammarAt(depth + 1, complain, meter)), text, offset, complain);
  };
  return new PythonGrammar(words, {
    string: (tokens) => stringOf(tokens, inner, complain),
    number: (token) => numberOf(token, complain),
  });
}

/** What work gives; undefined where the stack does not hold it. */
function withinStack<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function statementsOf(grammar: PythonGrammar, chunk: Tokens, complain: Complain): Statement[] | undefined {
  const outside = chunk.find((token, i) => isForeign(token) && (i === 0 || startsLine(chunk[i - 1])));
  if (outside) {
    complain(
      "python-unsupported",
      `\`${outside.image}\` statements are not read: a snippet describes a model, it is not run.`,
      outside.startOffset,
    );
    return undefined;
  }
  grammar.input = [...chunk];
  const found = withinStack(() => ({ statements: grammar.statement() }));
  if (found === undefined) {
    complain("python-nesting", NESTED_TOO_DEEPLY, chunk[0].startOffset, { expected: AT_MOST });
    return undefined;
  }
  const [error] = grammar.errors;
  if (error === undefined) return found.statements;
  report(error, chunk, complain);
  return undefined;
}

/** Names that a statement sets, as far as tokens tell: before its `=`, after `def`, `class`, `import` and `as`. */
function setBy(chunk: Tokens): string[] {
  const equals = chunk.findIndex((token) => token.tokenType === t.Equals);
  const heads = ["def", "class", "as", "import", "for"];
  const names = chunk.filter(
    (token, i) =>
      token.tokenType === t.Name &&
      (i < equals || heads.includes(chunk[i - 1]?.image)) &&
      chunk[i - 1]?.image !== ".",
  );
  const called = equals >= 0 && chunk.slice(0, equals).some((token) => token.tokenType === t.LParen);
  return called && !heads.includes(chunk[0].image) ? [] : names.map((token) => token.image);
}
const isForeign = (token: IToken): boolean =>
  t.foreign.includes(token.image) && token.tokenType.name.startsWith("Kw_");
const startsLine = (before: IToken): boolean =>
  before.tokenType === t.Newline ||
  before.tokenType === t.Indent ||
  before.tokenType === t.Dedent ||
  before.image === ";";

function report(error: IRecognitionException, chunk: Tokens, complain: Complain): void {
  const [expected, received] = error.message.split("\t");
  const token = Number.isFinite(error.token.startOffset) ? error.token : chunk.at(-1)!;
  const hint = advice(chunk[chunk.indexOf(error.token) - 1], error.token);
  if (expected === "`:`" && token.tokenType === t.Newline)
    return complain("python-syntax", "`:` is missing at the end of this line.", token.startOffset);
  if (Object.hasOwn(goesOn, token.image) && token.tokenType.name.startsWith("Kw_"))
    return complain("python-syntax", `\`${token.image}\` belongs to nothing above it.`, token.startOffset, {
      expected: `${goesOn[token.image]} at the same indentation`,
    });
  complain("python-syntax", `Python cannot read ${wordOf(token)} here.`, token.startOffset, {
    expected,
    received,
    ...(hint ? { hint } : {}),
  });
}

/** Words that go on with a statement above. */
const goesOn: Readonly<Record<string, string>> = {
  elif: "an if",
  else: "an if, for, while or try",
  except: "a try",
  finally: "a try",
};

function advice(before: IToken | undefined, token: IToken): string | undefined {
  if (before === undefined) return undefined;
  if (before.image === "print") return "print is a function since Python 3: print(…).";
  if (token.image === "=" && before.tokenType === t.Name) return "Is `==` meant, or a comma missing?";
  const value = (type: IToken["tokenType"]): boolean =>
    [t.Name, t.NumberLiteral, t.StringLiteral, t.RParen, t.RBracket].includes(type);
  if (value(before.tokenType) && [t.Name, t.NumberLiteral, t.StringLiteral].includes(token.tokenType))
    return "Is a comma missing before it?";
  return undefined;
}

/** The expression of an f-string's `{…}`; undefined where there is none. */
function expressionOf(
  grammar: PythonGrammar,
  text: string,
  offset: number,
  complain: Complain,
): Expr | undefined {
  const { tokens } = lexer.tokenize(`(${text})\n`);
  if (tokens.some(isStranger)) return undefined;
  const moved = tokens.map((token) => ({ ...token, startOffset: token.startOffset + offset - 1 }));
  if (isTooDeep(moved, (code, message, token, more) => complain(code, message, token.startOffset, more)))
    return { kind: "constant", value: null, offset };
  grammar.input = moved;
  const [statement] = grammar.statement() ?? [];
  if (grammar.errors.length > 0 || statement?.kind !== "expression") return undefined;
  return statement.value;
}
