import { InvalidArgumentError } from "commander";
import { checkKeys } from "../../diagnostics.ts";
import { DEFAULT_LIMITS } from "../../diagnostics/limits.ts";
import type { Defined } from "../../parser/python/index.ts";
import { parseVersion } from "../../ir/summary/version.ts";
import { asUsage, type OptionSpec } from "./command.ts";

const fail = (expected: string): never => {
  throw new InvalidArgumentError(`Expected ${expected}.`);
};

/** A whole number from `least`. */
export const whole =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    return /^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least
      ? value
      : fail(`a whole number from ${least}`);
  };

/** A number, or a fraction such as 1/255. */
export function number(text: string): number {
  const [, over, under] = /^([^/]+)(?:\/([^/]+))?$/.exec(text) ?? [];
  const value = Number(over?.trim() || NaN) / Number(under ?? 1);
  return Number.isFinite(value) ? value : fail("a number or a fraction such as 1/255");
}

/** A share from 0 up to, but without, 1. */
export function share(text: string): number {
  const value = number(text);
  return value >= 0 && value < 1 ? value : fail("a number from 0 to below 1");
}

/** A number of 0 or more. */
export function atLeastZero(text: string): number {
  const value = number(text);
  return value >= 0 ? value : fail("a number of 0 or more");
}

/** A version of Keras whose summary is known. */
export function kerasVersion(text: string): string {
  try {
    parseVersion(text);
    return text;
  } catch {
    return fail('a version from 1 to 3, such as "3", "2.15", "2.9", "2.6" or "1.2"');
  }
}

export const oneOf =
  (...words: readonly string[]) =>
  (text: string): string =>
    words.includes(text) ? text : fail(words.join(", "));

export const names = (text: string): readonly string[] => text.split(",").map((name) => name.trim());
export const numbers = (text: string): readonly number[] => names(text).map(number);

/** Collects an option that may be given several times. */
export const several = (text: string, previous: unknown): readonly string[] => [
  ...((previous as string[] | undefined) ?? []),
  text,
];

/** A Keras name, or its JSON: `adam`, `{"class_name": "SGD", "config": {"learning_rate": 0.1}}`. */
export function identifier(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return fail("a Keras name or valid JSON");
  }
}

/** `NAME=VALUE` into a growing record; the value is read as JSON or Python where it is one, else as text. */
export function definition(text: string, previous: unknown): Readonly<Record<string, Defined>> {
  const [, name, value] = /^([A-Za-z_][^=]*)=([^]*)$/.exec(text) ?? fail("NAME=VALUE");
  return { ...(previous as Record<string, Defined> | undefined), [name]: constant(value) };
}

const WORDS: ReadonlyMap<string, Defined> = new Map([
  ["True", true],
  ["False", false],
  ["None", null],
]);
function constant(text: string): Defined {
  if (WORDS.has(text)) return WORDS.get(text)!;
  try {
    return JSON.parse(text.replace(/^\((.*?),?\)$/, "[$1]").replaceAll("'", '"')) as Defined;
  } catch {
    return text;
  }
}

/** `NAME=28,28,1` into a growing record; without a name, the one input. */
export function inputShape(text: string, previous: unknown): Readonly<Record<string, readonly number[]>> {
  const [, name = "", sizes] = /^(?:([^=]+)=)?([\d,]+)$/.exec(text) ?? fail("NAME=28,28,1");
  return {
    ...(previous as Record<string, readonly number[]> | undefined),
    [name]: sizes.split(",").map(whole(1)),
  };
}

/** `time_ms=5000` into a growing record. */
export function limit(text: string, previous: unknown): Readonly<Record<string, number>> {
  const [, name, value] = /^(\w+)=(\d+)$/.exec(text) ?? fail("NAME=N");
  asUsage(() => checkKeys("--limit", { [name]: value }, Object.keys(DEFAULT_LIMITS)));
  return { ...(previous as Record<string, number> | undefined), [name]: Number(value) };
}

/** What every command takes. */
export const GLOBAL: readonly OptionSpec[] = [
  ["--define <NAME=VALUE>", "a value for a name that a snippet does not assign", definition],
  ["--model <NAME>", "the model meant, by its variable, in a snippet of several"],
  ["--load-weights <FILE>", "weights from another file (.h5, .keras, .weights.h5)"],
  ["--layers <FILE.js>", "layers of your own (not supported yet)"],
  ["--seed <N>", "Python's seed: as keras.utils.set_random_seed(N)", whole(0)],
  ["--deterministic", "the same last bits on every machine (what compile does by default)"],
  ["--no-deterministic", "let the engine fuse multiplication and addition (the default elsewhere)"],
  ["--winograd <N>", "widest tile of Winograd's convolution: 0, 2 (default) or 4", oneOf("0", "2", "4")],
  [
    "--limit <NAME=N>",
    "more (or less) than a file may ask for by default: time_ms=5000, weight_bytes=4000000000",
    limit,
  ],
  ["--verbose <N>", "0: errors only; 1: progress and notes; 2: a line an epoch", oneOf("0", "1", "2")],
];

/** The arrays a command computes with. */
export const DATA: readonly OptionSpec[] = [
  [
    "--data <FILE>",
    "arrays x_train, y_train, x_test, y_test or x, y (.npz, .json), or a table whose last columns are the labels (.csv)",
  ],
  ["--x <FILE>", "inputs (.npy, .npz by input name, IDX, .csv, .json)"],
  ["--y <FILE>", "labels"],
  ["--x-scale <S>", "a factor for the inputs, such as 1/255", number],
];
