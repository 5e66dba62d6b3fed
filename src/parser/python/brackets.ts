import type { IToken } from "chevrotain";
import type { Code, Diagnostic } from "../../diagnostics.ts";
import * as t from "./tokens.ts";

/** Nesting of brackets that is read at most. */
export const MAX_NESTING = 200;
/** What is said where the stack holds less. */
export const NESTED_TOO_DEEPLY = "The functions and brackets of this statement are nested too deeply.";
export const AT_MOST = `at most ${MAX_NESTING} levels of brackets`;

/** Says what is wrong at a token; the statement around it is not read. */
export type Fault = (code: Code, message: string, token: IToken, more?: Partial<Diagnostic>) => void;

const closes: Readonly<Record<string, string>> = { ")": "(", "]": "[", "}": "{" };
const opening = [t.LParen, t.LBracket, t.LBrace];
export const isOpening = (token: IToken): boolean => opening.includes(token.tokenType);
export const isClosing = (token: IToken): boolean =>
  Object.hasOwn(closes, token.image) && token.tokenType.name === token.image;

/** Keeps the brackets that are open; false where they nest too deeply. */
export function bracket(open: IToken[], token: IToken, fault: Fault): boolean {
  if (isClosing(token)) close(open, token, fault);
  if (!isOpening(token)) return true;
  open.push(token);
  if (open.length <= MAX_NESTING) return true;
  fault("python-nesting", "Brackets are nested too deeply.", token, {
    expected: `at most ${MAX_NESTING} levels`,
    received: `${open.length}`,
  });
  open.length = 0;
  return false;
}

/** Whether brackets nest too deeply, which is then said. */
export function isTooDeep(tokens: readonly IToken[], fault: Fault): boolean {
  const open: IToken[] = [];
  const only: Fault = (code, ...rest) => code === "python-nesting" && fault(code, ...rest);
  return !tokens.every((token) => bracket(open, token, only));
}

/** A bracket that closes an outer one leaves those inside of it open for ever. */
function close(open: IToken[], token: IToken, fault: Fault): void {
  const match = open.findLastIndex((one) => one.image === closes[token.image]);
  const inner = match < 0 ? [] : open.splice(match).slice(1);
  if (match < 0) fault("python-syntax", `\`${token.image}\` closes nothing.`, token, instead(open.at(-1)));
  else if (inner.length > 0) unclosed(inner.at(-1)!, fault, token);
}

/** What would close the innermost bracket. */
const instead = (open: IToken | undefined): Partial<Diagnostic> =>
  open ? { expected: `\`${closing(open)}\`, for the \`${open.image}\` in line ${open.startLine}` } : {};

const closing = (open: IToken): string => Object.keys(closes).find((sign) => closes[sign] === open.image)!;

/** Says that a bracket is never closed, and what comes where it should be. */
export function unclosed(open: IToken, fault: Fault, instead?: IToken): void {
  fault("python-syntax", `\`${open.image}\` is never closed.`, open, {
    expected: `\`${closing(open)}\``,
    ...(instead && { received: `\`${instead.image}\` in line ${instead.startLine}` }),
  });
}
