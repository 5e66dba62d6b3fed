import { describe, expect, test } from "vitest";
import { type Defined, parsePython } from "../src/parser/python/index.ts";
import type { Snippet } from "../src/parser/training-spec.ts";

const HEAD = `import argparse, keras, os
from absl import app, flags
from keras import layers
p = argparse.ArgumentParser()
`;
const read = (lines: string, define: Record<string, Defined> = {}): Snippet =>
  parsePython(`${HEAD}${lines}\n`, { define });
const unitsOf = (lines: string, units: string, define: Record<string, Defined> = {}): unknown =>
  read(
    `${lines}\nmodel = keras.Sequential([keras.Input((4,)), layers.Dense(${units})])`,
    define,
  ).spec.layers.at(-1)!.config.units;
const ADD = 'p.add_argument("--units", type=int, default=3)';
const REQUIRED = 'p.add_argument("--units", type=int, required=True)';

describe("what the command line gives", () => {
  test.each<[string, string, string, Defined, unknown]>([
    ["an option", ADD, "p.parse_args().units", 8, 8],
    ["one by its place", 'p.add_argument("units", type=int)', "p.parse_args().units", 8, 8],
    ["a required one", REQUIRED, "p.parse_args().units", 8, 8],
    ["one in the dict", ADD, 'vars(p.parse_args())["units"]', 8, 8],
    ["a list", 'p.add_argument("--units", nargs="+")', "(p.parse_args().units + [5])[-2]", [7, 9], 9],
    ["a flag", 'flags.DEFINE_integer("units", 3, "")', "flags.FLAGS.units", 8, 8],
    [
      "a required flag",
      'flags.DEFINE_integer("units", None, "")\nflags.mark_flag_as_required("units")',
      "flags.FLAGS.units",
      8,
      8,
    ],
    ["a variable of the surroundings", "", 'int(os.environ.get("units", "3"))', 8, 8],
    ["a variable without default", "", 'int(os.getenv("units"))', 8, 8],
  ])("--define stands for %s", (_, lines, units, given, expected) => {
    expect(unitsOf(lines, units, { units: given })).toBe(expected);
  });

  test("a whole number for a float is a float", () => {
    const lines = 'p.add_argument("--rate", type=float, default=0.5)';
    expect(() => unitsOf(lines, "p.parse_args().rate", { rate: 2 })).toThrow(/Dense takes no float.*2\.0/);
  });

  test.each<[string, string, RegExp]>([
    ["a required option", REQUIRED, /add_argument\("--units".*--define units=VALUE/],
    ["one by its place", 'p.add_argument("units", type=int)', /--define units=VALUE/],
    [
      "one without default",
      'p.add_argument("--units", type=int)',
      /argument units has no default.*None.*--define units=VALUE/,
    ],
    [
      "a misspelt one",
      'p.add_argument("--unit", type=int, default=3)',
      /no attribute units.*Did you mean unit\?/,
    ],
  ])("%s is refused by its name", (_, lines, message) => {
    expect(() => unitsOf(`${lines}\nargs = p.parse_args()`, "args.units")).toThrow(message);
  });

  test("a misspelt flag is refused by its name", () => {
    expect(() => unitsOf('flags.DEFINE_integer("unit", 3, "")', "flags.FLAGS.units")).toThrow(
      /Did you mean unit\?/,
    );
  });

  test.each<[string, string, string]>([
    [
      "a default",
      'if os.path.exists("a"):\n    p.set_defaults(units=5)\nargs = p.parse_args()',
      "args.units",
    ],
    ["an option", 'args = p.parse_args()\nif os.path.exists("a"):\n    args.units = 5', "args.units"],
    [
      "one in the dict",
      'args = p.parse_args()\nd = vars(args)\nif os.path.exists("a"):\n    args.units = 5',
      'd["units"]',
    ],
    [
      "one by the dict",
      'args = p.parse_args()\nd = vars(args)\nif os.path.exists("a"):\n    d["units"] = 5',
      "args.units",
    ],
    ["one shortened in a list of arguments", 'args = p.parse_args(["--un", "5"])', "args.units"],
    ["one of a word too many", 'args = p.parse_args(["--units", "5", "6"])', "args.units"],
    [
      "one that two options set",
      'p.add_argument("--more", dest="units", default=3)\nargs = p.parse_args(["--units", "5"])',
      "args.units",
    ],
  ])("%s that nobody knows is refused", (_, lines, units) => {
    expect(() => unitsOf(`${ADD}\n${lines}`, units)).toThrow(/which is not read/);
  });

  test("a note says it once", () => {
    const lines = `${ADD}\nargs = p.parse_args()\nflags.DEFINE_integer("a", 3, "")\nflags.DEFINE_integer("b", 3, "")`;
    const { notes } = read(`${lines}\nmodel = keras.Sequential([layers.Dense(args.units)])`, { units: 4 });
    const said = "Run without arguments: each has its default. --define NAME=VALUE gives it another value.";
    expect(notes.map(({ message }) => message)).toEqual([said, said]);
  });

  test("app.run calls main", () => {
    const lines =
      "def main(argv):\n    keras.Sequential([keras.Input((3,)), layers.Dense(len(argv))]).summary()\n";
    expect(read(`${lines}app.run(main)`).spec.layers.at(-1)!.config.units).toBe(1);
    expect(
      read(`import tensorflow as tf\n${lines}tf.compat.v1.app.run()`).spec.layers.at(-1)!.config.units,
    ).toBe(1);
  });
});
