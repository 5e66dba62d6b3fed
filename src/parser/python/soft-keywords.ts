import type { IToken, TokenType } from "chevrotain";
import * as t from "./tokens.ts";

const becomes = (token: IToken, tokenType: TokenType): IToken => ({
  ...token,
  tokenType,
  tokenTypeIdx: tokenType.tokenTypeIdx!,
});
const isNamed = (token: IToken | undefined, word: string): boolean =>
  token?.tokenType === t.Name && token.image === word;

/** `match` and `case` are words of Python where a line that begins with one has a block of the other; else they are names. */
export function softKeywords(tokens: readonly IToken[]): IToken[] {
  const out = [...tokens];
  /** How deep the cases stand of the statements around. */
  const cases: number[] = [];
  let depth = 0;
  for (let i = 0; i < out.length; i++) {
    if (out[i].tokenType === t.Indent) depth++;
    if (out[i].tokenType === t.Dedent && cases.at(-1) === depth--) cases.pop();
    const before = out[i - 1]?.tokenType;
    if (before && before !== t.Newline && before !== t.Indent && before !== t.Dedent) continue;
    if (isNamed(out[i], "case") && cases.at(-1) === depth) headOfCase(out, i);
    if (!isNamed(out[i], "match") || !hasCases(out, i)) continue;
    out[i] = becomes(out[i], t.Match);
    cases.push(depth + 1);
  }
  return out;
}

/** Whether a block follows the line that begins with a case; the colon between them may be missing. */
function hasCases(tokens: readonly IToken[], from: number): boolean {
  let end = from;
  while (end < tokens.length && tokens[end].tokenType !== t.Newline) end++;
  return tokens[end + 1]?.tokenType === t.Indent && end > from + 1 && isNamed(tokens[end + 2], "case");
}

/** `as` gives a name to a part of the pattern, up to the colon of the line. */
function headOfCase(tokens: IToken[], from: number): void {
  tokens[from] = becomes(tokens[from], t.Case);
  let open = 0;
  for (let i = from + 1; i < tokens.length && tokens[i].tokenType !== t.Newline; i++) {
    const { tokenType } = tokens[i];
    if (tokenType === t.Colon && open === 0) return;
    if ([t.LParen, t.LBracket, t.LBrace].includes(tokenType)) open++;
    if ([t.RParen, t.RBracket, t.RBrace].includes(tokenType)) open--;
    if (tokenType === t.As) tokens[i] = becomes(tokens[i], t.CaseAs);
  }
}
