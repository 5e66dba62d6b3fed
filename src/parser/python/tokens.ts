import { createToken, type CustomPatternMatcherReturn, Lexer, type TokenType } from "chevrotain";

/** General punctuation, curly quotes among it, is in no name. */
const word = /[A-Za-z_\u00a1-\u1fff\u2070-\uffff][A-Za-z0-9_\u00a1-\u1fff\u2070-\uffff]*/y;

/** Names come first in the list that keywords point to with `longer_alt`. */
export const Name = createToken({ name: "Name", pattern: word, label: "a name" });
const keyword = (text: string, categories: TokenType[] = []): TokenType =>
  createToken({ name: `Kw_${text}`, pattern: text, longer_alt: Name, label: `\`${text}\``, categories });

/** Categories let the grammar ask for "any operator between two values" with one token. */
export const Infix = createToken({ name: "Infix", pattern: Lexer.NA, label: "an operator" });
export const Prefix = createToken({ name: "Prefix", pattern: Lexer.NA, label: "an operator" });
export const AssignOp = createToken({
  name: "AssignOp",
  pattern: Lexer.NA,
  label: "`=` or another assignment",
});
/** A statement that is Python but not of the subset; it is refused by its first word. */
export const Foreign = createToken({ name: "Foreign", pattern: Lexer.NA, label: "a statement" });

const words = [
  keyword("for"),
  keyword("in", [Infix]),
  keyword("if"),
  keyword("elif"),
  keyword("else"),
  keyword("def"),
  keyword("return"),
  keyword("import"),
  keyword("from"),
  keyword("as"),
  keyword("pass"),
  keyword("del"),
  keyword("assert"),
  keyword("lambda"),
  keyword("True"),
  keyword("False"),
  keyword("None"),
  ...["while", "class", "try", "except", "finally", "with", "raise", "global", "nonlocal", "yield"].map(
    (text) => keyword(text),
  ),
  keyword("break"),
  keyword("continue"),
  keyword("not", [Prefix]),
] as const;
export const [
  For,
  In,
  If,
  Elif,
  Else,
  Def,
  Return,
  Import,
  From,
  As,
  Pass,
  Del,
  Assert,
  Lambda,
  True,
  False,
  None,
  While,
  Class,
  Try,
  Except,
  Finally,
  With,
  Raise,
  Global,
  Nonlocal,
  Yield,
  Break,
  Continue,
  Not,
] = words;
/** Words that are names everywhere but in `match`; the lines tell which they are. */
const soft = (text: string, categories: TokenType[] = []): TokenType =>
  createToken({ name: `Kw_${text}`, pattern: Lexer.NA, label: `\`${text}\``, categories });
export const [Match, Case, CaseAs] = [soft("match"), soft("case"), soft("case_as", [Infix])];
const logic = ["and", "or", "is"].map((text) => keyword(text, [Infix]));
/** Python statements outside the subset. */
export const foreign = ["async", "await"];
const foreignWords = foreign.map((text) => keyword(text, [Foreign]));

const punct = (text: string, categories: TokenType[] = []): TokenType =>
  createToken({ name: text, pattern: text, label: `\`${text}\``, categories });
export const [LParen, RParen, LBracket, RBracket, LBrace, RBrace] = ["(", ")", "[", "]", "{", "}"].map((t) =>
  punct(t),
);
export const [Comma, Colon, Dot, Semicolon, At] = [
  punct(","),
  punct(":"),
  punct("."),
  punct(";"),
  punct("@", [Infix]),
];
export const Ellipsis = punct("...");
export const Arrow = punct("->");
export const Walrus = punct(":=");
export const Equals = punct("=", [AssignOp]);
export const [Star, StarStar] = [punct("*", [Infix]), punct("**", [Infix])];
export const [Plus, Minus, Tilde] = [
  punct("+", [Infix, Prefix]),
  punct("-", [Infix, Prefix]),
  punct("~", [Prefix]),
];
const augmented = ["+=", "-=", "*=", "/=", "//=", "%=", "**=", "@=", "&=", "|=", "^=", "<<=", ">>="].map(
  (t) => punct(t, [AssignOp]),
);
export const Slash = punct("/", [Infix]);
const infix = ["//", "%", "<<", ">>", "<=", ">=", "==", "!=", "<", ">", "&", "|", "^"].map((t) =>
  punct(t, [Infix]),
);

export const NumberLiteral = createToken({
  name: "Number",
  label: "a number",
  pattern:
    /0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?/y,
});
/** A whole string literal with prefix and quotes; one that is never closed is `Unclosed`. */
export const StringLiteral = createToken({
  name: "String",
  label: "a string",
  pattern: { exec: (text, offset) => scanString(text, offset, true) },
  line_breaks: true,
});
export const Unclosed = createToken({
  name: "Unclosed",
  label: "a string",
  pattern: { exec: (text, offset) => scanString(text, offset, false) },
  line_breaks: true,
});

export const Newline = createToken({
  name: "Newline",
  pattern: /\r\n|\n|\r/y,
  line_breaks: true,
  label: "the end of the line",
});
export const Indent = createToken({ name: "Indent", pattern: Lexer.NA, label: "an indented block" });
export const Dedent = createToken({ name: "Dedent", pattern: Lexer.NA, label: "the end of the block" });
const skipped = [
  createToken({ name: "Space", pattern: /[ \t\f\ufeff\u00a0]+/y, group: Lexer.SKIPPED }),
  createToken({ name: "Comment", pattern: /#[^\r\n]*/y, group: Lexer.SKIPPED }),
  createToken({
    name: "Continuation",
    pattern: /\\[ \t]*(?:\r\n|\n|\r)/y,
    group: Lexer.SKIPPED,
    line_breaks: true,
  }),
];

/** Tokens that are read at most. */
export const MAX_TOKENS = 120_000;
/** All that is left of a source with more tokens than are read, so that nothing is spent on it. */
export const Surplus = createToken({
  name: "Surplus",
  pattern: { exec: (text, offset, before) => (before.length < MAX_TOKENS ? null : [text.slice(offset)]) },
  line_breaks: false,
});

/** A character that no Python has. */
export const Stranger = createToken({ name: "Stranger", pattern: /[^]/y, line_breaks: false });

/** `assert` begins with `as`, and the first that matches is taken. */
const longestFirst = (types: readonly TokenType[]): TokenType[] =>
  [...types].sort((a, b) => b.name.length - a.name.length);

/** Every token, longest spellings first where one begins another. */
export const vocabulary: TokenType[] = [
  Surplus,
  ...skipped,
  Newline,
  StringLiteral,
  Unclosed,
  NumberLiteral,
  ...longestFirst([...words, ...logic, ...foreignWords]),
  Name,
  Ellipsis,
  Arrow,
  Walrus,
  ...longestFirst(augmented),
  StarStar,
  ...infix,
  Slash,
  ...[
    Star,
    Plus,
    Minus,
    Tilde,
    At,
    Equals,
    LParen,
    RParen,
    LBracket,
    RBracket,
    LBrace,
    RBrace,
    Comma,
    Colon,
    Dot,
    Semicolon,
  ],
  ...[Infix, Prefix, AssignOp, Foreign, Indent, Dedent, Match, Case, CaseAs],
  Stranger,
];

/** Scans by hand: a regular expression over a long string would need a stack as long. */
function scanString(text: string, offset: number, closed: boolean): CustomPatternMatcherReturn | null {
  let at = offset;
  while (at < offset + 2 && /[rRbBuUfF]/.test(text[at] ?? "")) at++;
  const quote = text[at];
  if (quote !== '"' && quote !== "'") return null;
  const triple = text.startsWith(quote.repeat(3), at);
  const end = closingQuote(text, at + (triple ? 3 : 1), triple ? quote.repeat(3) : quote);
  if (closed !== end.closed) return null;
  return [text.slice(offset, end.at)];
}

function closingQuote(text: string, from: number, quote: string): { at: number; closed: boolean } {
  for (let at = from; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text.startsWith(quote, at)) return { at: at + quote.length, closed: true };
    else if (quote.length === 1 && (text[at] === "\n" || text[at] === "\r")) return { at, closed: false };
  }
  return { at: text.length, closed: false };
}
