import { describe, expect, test } from "vitest";
import { parsePython } from "../src/parser/python/index.ts";

const HEAD = `import keras
from keras import layers
from elsewhere import read
class Sizes:
    small = 8
    large = 64
words = ["a"]
`;
function unitsOf(lines: string, units = "n"): unknown {
  const model = `model = keras.Sequential([keras.Input((4,)), layers.Dense(${units})])\n`;
  return parsePython(`${HEAD}${lines}\n${model}`).spec.layers.at(-1)!.config.units;
}
const match = (subject: string, ...cases: string[]): string =>
  `match ${subject}:\n${cases.map((one) => `    case ${one}`).join("\n")}`;

describe("match chooses as Python does", () => {
  test.each<[string, number, string, string[]]>([
    ["a string", 2, '"relu"', ['"gelu": n = 1', '"relu": n = 2', "_: n = 3"]],
    ["anything else", 3, '"tanh"', ['"gelu": n = 1', '"relu": n = 2', "_: n = 3"]],
    ["alternatives", 1, '"silu"', ['"gelu" | "silu": n = 1', "_: n = 3"]],
    ["a negative number", 1, "-1", ["1: n = 2", "-1: n = 1"]],
    ["1 is True", 1, "True", ["1: n = 1", "_: n = 2"]],
    ["True is not 1", 2, "1", ["True: n = 1", "_: n = 2"]],
    ["None", 1, "None", ["False: n = 3", "None: n = 1", "_: n = 2"]],
    ["a dotted name", 2, "64", ["Sizes.small: n = 1", "Sizes.large: n = 2"]],
    ["a name", 9, "9", ["m: n = m"]],
    ["a guard", 2, "9", ["m if m > 10: n = 1", "m if m > 5: n = 2", "_: n = 3"]],
    ["a tuple", 5, "(2, 3)", ["(a, b, c): n = a", "(a, b): n = a + b"]],
    ["a sequence without brackets", 5, "2, 3", ["a, b: n = a + b"]],
    ["a list as a tuple", 5, "[2, 3]", ["(a, b): n = a + b"]],
    ["a star", 7, "[1, 3, 4, 2]", ["[1, *rest, 2]: n = sum(rest)"]],
    ["a star of nothing", 1, "[1, 2]", ["[1, *rest, 2]: n = len(rest) + 1"]],
    ["a star nobody wants", 4, "[1, 4, 6]", ["[_, n, *_]: pass"]],
    ["no string", 2, '"ab"', ["[a, b]: n = 1", "_: n = 2"]],
    ["sequences in sequences", 6, '["conv", (6, 3)]', ['["dense", n]: pass', '["conv", (n, _)]: pass']],
    [
      "a mapping",
      8,
      '{"type": "dense", "units": 8}',
      ['{"type": "conv"}: n = 1', '{"type": "dense", "units": n}: pass'],
    ],
    ["what is left of a mapping", 2, '{"type": 1, "a": 2, "b": 3}', ['{"type": 1, **rest}: n = len(rest)']],
    ["an empty mapping fits every dict", 1, '{"a": 2}', ["{}: n = 1", "_: n = 2"]],
    ["a missing key", 2, '{"a": 2}', ['{"b": n}: pass', "_: n = 2"]],
    ["int()", 3, "3", ["str(): n = 1", "int(): n = 3"]],
    ["str() with a name", 2, '"ab"', ["int(n): pass", "str(s): n = len(s)"]],
    ["as", 4, "[4, 1]", ["[int() as n, 1 | 2 as k]: n = n * k"]],
    ["as around alternatives", 16, "16", ["(8 | 16) as n: pass"]],
    ["as without brackets", 16, "16", ["8 | 16 as n: pass"]],
    ["the first that fits", 1, "3", ["int(): n = 1", "3: n = 2"]],
  ])("%s", (_, expected, subject, cases) => expect(unitsOf(match(subject, ...cases))).toBe(expected));

  test("nothing fits", () => expect(unitsOf(`n = 5\n${match("3", "1: n = 2")}`)).toBe(5));
  test("blocks, functions, a match within a match", () => {
    const lines = `def of(spec):
    match spec:
        case ("dense", n):
            return n
        case ("wide", inner):
            match inner:
                case ("dense", n):
                    return 2 * n
                case _:
                    return 1
    return 7
n = of(("wide", ("dense", 6)))`;
    expect(unitsOf(lines)).toBe(12);
  });
  test("match and case are names elsewhere", () => {
    const lines = "match = 3\ncase = [match]\nmatch[0:1] if False else 0\nn = match + case[0]";
    expect(unitsOf(lines)).toBe(6);
    expect(unitsOf("def match(x):\n    return x\nn = match(4)")).toBe(4);
    expect(unitsOf(match("3", "case: n = case"))).toBe(3);
  });
});

describe("where nobody knows which case fits", () => {
  const NOT_READ = /This value comes from line \d+, which is not read/;
  test.each<[string, string, string?]>([
    ["the subject", match("read()", "1: n = 2", "_: n = 3")],
    ["an item", match("[1, read()]", "[1, 2]: n = 2", "_: n = 3")],
    ["a guard", match("3", "x if read(): n = 2", "_: n = 3")],
    ["a name it takes", match("read()", "[a, n]: pass", "_: pass")],
    ["a list it changes", match("read()", "1: words.append(2)", "_: pass"), "len(words)"],
    ["a list it takes", `if read():\n    match words:\n        case w: w.append(1)`, "len(words)"],
    ["what the last case takes", match("read()", "n: pass")],
  ])("%s", (_, lines, units) => expect(() => unitsOf(`n = 1\n${lines}`, units)).toThrow(NOT_READ));

  test("layers are not built", () => {
    const lines = match("read()", "1: extra = layers.Dense(3)");
    expect(() => unitsOf(`n = 1\n${lines}`)).toThrow(/8:\d+.*|What is built here depends on a value/);
  });
});

describe("what is refused", () => {
  test.each<[string, string, RegExp]>([
    ["other classes", match("3", "Sizes(small=8): n = 1"), /9:10: The pattern Sizes\(…\) is not read/],
    ["a name before the end", match("3", "m: n = 1", "_: n = 2"), /9:10: This pattern fits everything/],
    ["names twice", match("(1, 2)", "(a, a): n = 1"), /9:11: A pattern gives a value to a name twice/],
    ["different names", match("3", "[a] | [b]: n = 1"), /The alternatives of a pattern/],
    ["two stars", match("[3]", "[*a, *b]: n = 1"), /one star at most/],
    ["arithmetic", match("3", "1 + 2: n = 1"), /9:10: This is no pattern/],
    ["a colon is missing", "match 3:\n    case 1\n        n = 2", /9:11: `:` is missing/],
    ["the colon behind match is missing", "match 3\n    case 1:\n        n = 2", /8:8: `:` is missing/],
    ["a mistake in a case", "match 3:\n    case 1:\n        n = = 2", /10:13: Python cannot read `=` here/],
  ])("%s", (_, lines, message) => expect(() => unitsOf(lines)).toThrow(message));

  test("what stands below a mistake is read", () => {
    const lines = "match 3:\n    case 1 +:\n        n = 2\nlayers.Dense(units=1, nothing=2)";
    expect(() => unitsOf(lines)).toThrow(/9:\d+.*[^]*11:\d+/);
  });
});

test("a match of many cases with long patterns ends", () => {
  const items = Array.from({ length: 300 }, (_, i) => `x${i}`).join(", ");
  const cases = Array.from({ length: 60 }, () => `[${items}, 1]: n = 1`);
  const lines = match("[1]", ...cases).replace(/^/gm, "    ");
  expect(() => unitsOf(`n = 2\nfor k in range(4900):\n${lines}`)).toThrow(/too many steps|grow too large/);
});
