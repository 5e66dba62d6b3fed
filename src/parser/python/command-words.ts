import { type OptionValue, type Value } from "./values.ts";

/** What words of a command line say: the text that an option is given, or what naming it means. */
export type Said = ReadonlyMap<OptionValue, { readonly text: string } | { readonly value: Value }>;

/** `["--units", "64", "-v"]` as argparse reads it; undefined where it would stop, or is not followed here. */
export function saidBy(options: readonly OptionValue[], words: readonly Value[]): Said | undefined {
  const said = new Map<OptionValue, { readonly text: string } | { readonly value: Value }>();
  const places = options.filter(({ spelled }) => spelled?.length === 1 && !spelled[0].startsWith("-"));
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (typeof word !== "string") return undefined;
    const [name, joined] = word.startsWith("--") && word.includes("=") ? parted(word) : [word, undefined];
    const isPlace = !word.startsWith("-");
    const option = isPlace ? places.shift() : options.find(({ spelled }) => spelled?.includes(name));
    if (option?.takes === undefined) return undefined;
    if (option.takes === "word") {
      const text = isPlace ? word : (joined ?? words[++at]);
      if (typeof text !== "string" || (joined === undefined && text.startsWith("-"))) return undefined;
      said.set(option, { text });
    } else if (joined === undefined) said.set(option, option.takes);
    else return undefined;
  }
  return said;
}

function parted(word: string): [string, string] {
  const at = word.indexOf("=");
  return [word.slice(0, at), word.slice(at + 1)];
}
