/**
 * What rich shows of a name that Keras escaped before it put it into markup. `after` is what follows the name.
 */
export function shownEscaped(name: string, after: string): string {
  const escaped = name.replace(/(\\*)(\[[a-z#/@][^[]*?\])/g, "$1$1\\$2");
  const isOpen = escaped.endsWith("\\") && !escaped.endsWith("\\\\");
  return shown(`${escaped}${isOpen ? "\\" : ""}${after}`);
}

/** What rich shows of a text that it takes for markup: tags vanish, a backslash before a bracket does too. */
export function shown(text: string): string {
  let out = "";
  let from = 0;
  for (const { 0: match, 1: slashes, index } of text.matchAll(/(\\*)\[[a-z#/@][^[]*?\]/g)) {
    const isEscaped = slashes.length % 2 === 1;
    const literal = "\\".repeat(Math.floor(slashes.length / 2));
    out += plain(text.slice(from, index)) + literal + (isEscaped ? match.slice(slashes.length) : "");
    from = index + match.length;
  }
  return out + plain(text.slice(from));
}

const plain = (text: string): string => text.replaceAll("\\[", "[");
