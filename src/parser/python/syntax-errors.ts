import type { IParserErrorMessageProvider, IToken, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

/** What stands where something else should: Python's words, never the grammar's. */
export function wordOf(token: IToken): string {
  if (token.tokenType === t.Newline || token.image === "") return "the end of the line";
  return `\`${token.image.length > 30 ? `${token.image.slice(0, 30)}…` : token.image}\``;
}
const expected = (type: TokenType): string => type.LABEL ?? type.name;

/** Messages as `expected — received`; the caller puts the parts where they belong. */
export const words: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected: type, actual }) => `${expected(type)}\t${wordOf(actual)}`,
  buildNotAllInputParsedMessage: ({ firstRedundant }) => `the end of the line\t${wordOf(firstRedundant)}`,
  buildNoViableAltMessage: ({ expectedPathsPerAlt, actual }) =>
    `${oneOf(expectedPathsPerAlt.flat())}\t${wordOf(actual[0])}`,
  buildEarlyExitMessage: ({ expectedIterationPaths, actual }) =>
    `${oneOf(expectedIterationPaths)}\t${wordOf(actual[0])}`,
};

/** Many alternatives mean "any value". */
function oneOf(paths: readonly TokenType[][]): string {
  const names = [...new Set(paths.map((path) => (path[0] ? expected(path[0]) : "a value")))];
  return names.length > 3 ? "a value" : names.join(" or ");
}
