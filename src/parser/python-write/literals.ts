/** Characters that a Python source may show as they are; all others are escaped, so that nothing hides in a text. */
const SHOWN = /[\p{L}\p{N}\p{P}\p{S} ]/u;
const SHORT: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(char: string): string {
  if (Object.hasOwn(SHORT, char)) return SHORT[char];
  if (SHOWN.test(char)) return char;
  const code = char.codePointAt(0)!.toString(16);
  if (code.length <= 2) return `\\x${code.padStart(2, "0")}`;
  return code.length <= 4 ? `\\u${code.padStart(4, "0")}` : `\\U${code.padStart(8, "0")}`;
}

/** A text as a Python literal, in double quotes unless single ones spare escapes. */
export function textLiteral(text: string): string {
  const quote = text.includes('"') && !text.includes("'") ? "'" : '"';
  const body = Array.from(text, (char) => (char === quote ? `\\${char}` : escaped(char))).join("");
  return quote + body + quote;
}

/** A number as people write it: 1e-4 rather than 0.0001, and a float32 without the digits that only a double shows. */
export function numberLiteral(given: number): string {
  if (!Number.isFinite(given)) return `float("${Number.isNaN(given) ? "nan" : given > 0 ? "inf" : "-inf"}")`;
  const x = shortest(given);
  if (Number.isInteger(x) && Math.abs(x) < 1e16) return Object.is(x, -0) ? "-0.0" : String(x);
  return Math.abs(x) < 1e-3 || Math.abs(x) >= 1e16 ? x.toExponential().replace("e+", "e") : String(x);
}

/** A number as one that Python has as a float. */
export function floatLiteral(given: number): string {
  const text = numberLiteral(given);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The number with the fewest digits that is the same float32, if the number is one. */
function shortest(x: number): number {
  if (Math.fround(x) !== x || Number.isInteger(x)) return x;
  for (let digits = 1; digits < 9; digits++) {
    const near = Number(x.toPrecision(digits));
    if (Math.fround(near) === x) return near;
  }
  return x;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const KEYWORDS = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield match case type _"
  ).split(" "),
);

/** Whether a text can stand in a source as a name. */
export const isName = (text: string): boolean => NAME.test(text) && !KEYWORDS.has(text);

/** Gives out names for variables, each once: made of what they stand for, none of them a word of Python or `taken`. */
export function variableNames(taken: Iterable<string>): (wish: string) => string {
  const used = new Set(taken);
  return (wish) => {
    const plain = wish.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+|_+$/g, "");
    const base = isName(plain) ? plain : `layer_${plain}`.replace(/_$/, "");
    let name = base;
    for (let k = 1; used.has(name); k++) name = `${base}_${k}`;
    used.add(name);
    return name;
  };
}
