import { didYouMean } from "../../diagnostics.ts";
import { lexer } from "./layout.ts";
import * as t from "./tokens.ts";

/** The words and signs of a text, strings in one kind of quotes. */
const wordsOf = (code: string): string[] =>
  lexer
    .tokenize(code)
    .tokens.map(({ image, tokenType }) =>
      tokenType === t.StringLiteral ? image.replaceAll("'", '"') : image,
    );

/** Names between the braces of f-strings. */
const inText = (words: readonly string[]): string[] =>
  words
    .filter((word) => /^r?f/i.test(word) && word.endsWith('"'))
    .flatMap((text) => text.match(/\w+/g) ?? []);

/** What is said of values for names that a snippet does not have. */
export function unusedDefinitions(code: string, defined: readonly string[]): string[] {
  if (defined.length === 0) return [];
  const words = wordsOf(code);
  const has = [" ", words.join(" "), " ", inText(words).join(" "), " "].join("");
  const names = new Set(words.filter((word) => /^[A-Za-z_]\w*$/.test(word)));
  return defined
    .filter((text) => !has.includes(` ${wordsOf(text).join(" ")} `))
    .map((text) => {
      const hint = didYouMean(text, names);
      return `The snippet has no ${text}: --define ${text}=… changes nothing.${hint ? ` ${hint}` : ""}`;
    });
}
