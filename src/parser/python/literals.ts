import type { IToken } from "chevrotain";
import type { Code, Diagnostic } from "../../diagnostics.ts";
import type { Expr, Hole } from "./ast.ts";

/** Reads the expression inside `{}` of an f-string; `offset` is where `text` begins in the source. */
export type Inner = (text: string, offset: number) => Expr | undefined;
export type Complain = (code: Code, message: string, offset: number, more?: Partial<Diagnostic>) => void;

/** A number token: Python's int as bigint, float as number. */
export function numberOf(token: IToken, complain: Complain): Expr {
  const offset = token.startOffset;
  const text = token.image.replaceAll("_", "");
  if (/[jJ]$/.test(text)) return { kind: "foreign", offset };
  const isFloat = !/^0[xXoObB]/.test(text) && /[.eE]/.test(text);
  if (/^0\d*[1-9]\d*$/.test(text))
    complain("python-number", "A whole number does not begin with 0 in Python.", offset, {
      received: token.image,
      hint: `Write ${decimal(text)}.`,
    });
  if (!isFloat && text.length > 80) complain("python-number", "This number is too long.", offset);
  const value = isFloat
    ? Number.parseFloat(text)
    : BigInt(/^\d{1,80}$|^0[xXoObB][0-9a-fA-F]{1,78}$/.test(text) ? decimal(text) : 0);
  return { kind: "constant", value, offset };
}
const decimal = (text: string): string => (/^\d+$/.test(text) ? text.replace(/^0+(?=\d)/, "") : text);

/** Neighbouring string tokens as one value; an f-string where one of them is. */
export function stringOf(tokens: readonly IToken[], inner: Inner, complain: Complain): Expr {
  const parts: (string | Hole)[] = [];
  for (const token of tokens) {
    const { prefix, body, start } = split(token);
    const raw = prefix.includes("r");
    if (prefix.includes("b")) return { kind: "foreign", offset: token.startOffset };
    if (prefix.includes("f"))
      for (const part of holes({ body, start, raw, inner, complain })) parts.push(part);
    else parts.push(raw ? body : unescape(body));
  }
  const offset = tokens[0].startOffset;
  if (parts.every((part) => typeof part === "string"))
    return { kind: "constant", value: parts.join(""), offset };
  return { kind: "fstring", parts, offset };
}

function split(token: IToken): { prefix: string; body: string; start: number } {
  const prefix = /^[a-zA-Z]*/.exec(token.image)![0];
  const quote =
    token.image.startsWith(token.image[prefix.length].repeat(3), prefix.length) &&
    token.image.length >= prefix.length + 6
      ? 3
      : 1;
  const from = prefix.length + quote;
  return {
    prefix: prefix.toLowerCase(),
    body: token.image.slice(from, -quote),
    start: token.startOffset + from,
  };
}

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
  "\n": "",
  "0": "\0",
};
const escape = /\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|\r\n|[\s\S])/g;
function unescape(text: string): string {
  return text.replace(escape, (whole: string, code: string) => {
    if (code.length > 2) return codePoint(Number.parseInt(code.slice(1), 16));
    if (code === "\r\n") return "";
    return Object.hasOwn(escapes, code) ? escapes[code] : whole;
  });
}
const codePoint = (n: number): string => (n <= 0x10ffff ? String.fromCodePoint(n) : "\ufffd");

/** A part of an f-string and where it begins in the source. */
interface Piece {
  readonly body: string;
  readonly start: number;
  readonly raw: boolean;
  readonly inner: Inner;
  readonly complain: Complain;
}

/** The pieces of an f-string: text, and expressions with their format. */
function holes(piece: Piece): (string | Hole)[] {
  const { body, start, raw, complain } = piece;
  const parts: (string | Hole)[] = [];
  let text = "";
  let at = 0;
  while (at < body.length) {
    const char = body[at];
    if ((char === "{" || char === "}") && body[at + 1] === char) {
      text += char;
      at += 2;
    } else if (char === "}") {
      complain("python-syntax", "A single } has no meaning in an f-string.", start + at, {
        hint: "Write }} for the character itself.",
      });
      return [];
    } else if (char === "{") {
      const end = closing(body, at);
      if (end === body.length) {
        complain("python-syntax", "This { of the f-string is never closed.", start + at, { expected: "}" });
        return [];
      }
      parts.push(raw ? text : unescape(text));
      text = "";
      const made = hole({ ...piece, body: body.slice(at + 1, end), start: start + at + 1 });
      if (made) parts.push(made);
      at = end + 1;
    } else {
      text += char;
      at++;
    }
  }
  parts.push(raw ? text : unescape(text));
  return parts;
}

/** The last place of the text in quotes that begins here; the place itself where none does, or where it has no end. */
function afterQuotes(text: string, at: number): number {
  const end = text[at] === "'" || text[at] === '"' ? text.indexOf(text[at], at + 1) : -1;
  return Math.max(at, end);
}

/** Index of the `}` that closes the `{` at `from`, or the end. */
function closing(body: string, from: number): number {
  let depth = 0;
  for (let at = from; at < body.length; at++) {
    at = afterQuotes(body, at);
    if ("([{".includes(body[at])) depth++;
    if (")]}".includes(body[at]) && --depth === 0) return at;
  }
  return body.length;
}

function hole(piece: Piece): Hole | undefined {
  const { body: text, start: offset, inner, complain } = piece;
  const cut = topLevel(text);
  const [code, format] = cut < 0 ? [text, ""] : [text.slice(0, cut), text.slice(cut + 1)];
  const [, source, label, show] = /^([\s\S]*?)(=\s*)?(![rsa])?\s*$/.exec(code)!;
  const self = label !== undefined && !/[=!<>]$/.test(source);
  const value = inner(self ? source : source + (label ?? ""), offset);
  if (value === undefined || source.trim() === "") {
    complain("python-syntax", "This part of the f-string is not an expression.", offset, {
      received: `{${text}}`,
    });
    return undefined;
  }
  return {
    value,
    offset,
    show: show === "!r" || (self && format === ""),
    format: format.includes("{") ? holes({ ...piece, body: format, start: offset + cut + 1 }) : format,
    ...(self ? { label: source + label } : {}),
  };
}

/** Index of the `:` that begins the format, outside brackets. */
function topLevel(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    at = afterQuotes(text, at);
    if ("([{".includes(text[at])) depth++;
    else if (")]}".includes(text[at])) depth--;
    else if (text[at] === ":" && depth === 0) return at;
  }
  return -1;
}
