import type { Args } from "./arguments.ts";
import { iterate } from "./builtins.ts";
import { formatText } from "./format.ts";
import { unusable } from "./plain.ts";
import { describe, is, listOf, str, tuple, type Value } from "./values.ts";
import { fail, spendSize, type World } from "./world.ts";

type Method = (w: World, self: string, args: readonly Value[], call: Args) => Value;

const text = (w: World, v: Value | undefined, call: Args): string =>
  typeof v === "string"
    ? v
    : fail(w, call.offset, "python-value", "A text is wanted here.", { received: describe(v ?? null) });
const whole = (w: World, v: Value | undefined, otherwise: number, call: Args): number =>
  v === undefined || v === null
    ? otherwise
    : typeof v === "bigint"
      ? Math.max(-1e6, Math.min(1e6, Number(v)))
      : fail(w, call.offset, "python-value", "A whole number is wanted here.", { received: describe(v) });

/** Removes characters at the ends: spaces, or those given. */
function trimmed(ends: "both" | "left" | "right"): Method {
  return (w, self, [chars], call) => {
    const drop = chars === undefined || chars === null ? /\s/ : new Set(text(w, chars, call));
    const drops = (c: string): boolean => (drop instanceof Set ? drop.has(c) : drop.test(c));
    let [from, to] = [0, self.length];
    if (ends !== "right") while (from < to && drops(self[from])) from++;
    if (ends !== "left") while (to > from && drops(self[to - 1])) to--;
    return self.slice(from, to);
  };
}

function padding(place: (self: string, missing: number, fill: string) => string): Method {
  return (w, self, [width, fill = " "], call) => {
    const missing = Math.max(0, whole(w, width, 0, call) - self.length);
    return spendSize(w, place(self, missing, text(w, fill, call)), call.offset);
  };
}

const is_ =
  (pattern: RegExp): Method =>
  (_w, self) =>
    pattern.test(self);
const within =
  (test: (self: string, part: string) => boolean): Method =>
  (w, self, [part], call) =>
    (part !== undefined && is(part, "tuple") ? part.items : [part]).some((one) =>
      test(self, text(w, one, call)),
    );

function split(w: World, self: string, [by, most]: readonly Value[], call: Args): Value {
  const limit = whole(w, most, -1, call);
  const parts =
    by === undefined || by === null
      ? self
          .trim()
          .split(/\s+/)
          .filter((part) => part !== "")
      : self.split(nonEmpty(w, by, call));
  const joint = by === undefined || by === null ? " " : str(by);
  const kept =
    limit < 0 || parts.length <= limit + 1
      ? parts
      : [...parts.slice(0, limit), parts.slice(limit).join(joint)];
  spendSize(w, self, call.offset);
  return listOf(kept);
}
const nonEmpty = (w: World, by: Value, call: Args): string =>
  text(w, by, call) || fail(w, call.offset, "python-value", "The separator is empty.");

function rsplit(w: World, self: string, [by, most]: readonly Value[], call: Args): Value {
  const parts = (split(w, self, by === undefined ? [] : [by], call) as { items: Value[] }).items;
  const limit = whole(w, most, -1, call);
  const joint = by === undefined || by === null ? " " : str(by);
  if (limit < 0 || parts.length <= limit + 1) return listOf(parts);
  return listOf([parts.slice(0, -limit || parts.length).join(joint), ...parts.slice(parts.length - limit)]);
}

function join(w: World, self: string, [v]: readonly Value[], call: Args): Value {
  const items = iterate(w, v ?? null, call.offset) ?? unusable(w, v, call.offset);
  const parts = items.map((part) => text(w, part, call));
  spendSize(w, self.length * parts.length + parts.reduce((sum, part) => sum + part.length, 0), call.offset);
  return parts.join(self);
}

function replace(w: World, self: string, [from, to]: readonly Value[], call: Args): Value {
  const [a, b] = [text(w, from, call), text(w, to, call)];
  const times = a === "" ? self.length + 1 : self.split(a).length - 1;
  spendSize(w, self.length + times * b.length, call.offset);
  return self.replaceAll(a, () => b);
}

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();

/** Methods of a text. */
export const stringMethods: Readonly<Record<string, Method>> = {
  format: (w, self, args, call) =>
    formatText(w, self, args, (name) => call.keyword.get(name)?.value, call.offset),
  lower: (_w, self) => self.toLowerCase(),
  upper: (_w, self) => self.toUpperCase(),
  casefold: (_w, self) => self.toLowerCase(),
  capitalize: (_w, self) => capital(self),
  title: (_w, self) => self.replace(/[A-Za-z]+/g, capital),
  swapcase: (_w, self) => self.replace(/[a-z]|[A-Z]/g, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase())),
  strip: trimmed("both"),
  lstrip: trimmed("left"),
  rstrip: trimmed("right"),
  ljust: padding((self, n, fill) => self + fill.repeat(n)),
  rjust: padding((self, n, fill) => fill.repeat(n) + self),
  center: padding((self, n, fill) => fill.repeat(n >> 1) + self + fill.repeat(n - (n >> 1))),
  zfill: padding((self, n) => self.replace(/^[-+]?/, (sign) => sign + "0".repeat(n))),
  replace,
  split,
  rsplit,
  splitlines: (w, self, _args, call) => listOf(spendSize(w, self, call.offset).split(/\r\n|\n|\r/)),
  partition: (w, self, [by], call) => {
    const [mark, at] = [nonEmpty(w, by, call), self.indexOf(nonEmpty(w, by, call))];
    return tuple(at < 0 ? [self, "", ""] : [self.slice(0, at), mark, self.slice(at + mark.length)]);
  },
  join,
  startswith: within((self, part) => self.startsWith(part)),
  endswith: within((self, part) => self.endsWith(part)),
  find: (w, self, [part], call) => BigInt(self.indexOf(text(w, part, call))),
  rfind: (w, self, [part], call) => BigInt(self.lastIndexOf(text(w, part, call))),
  index: (w, self, [part], call) => {
    const at = self.indexOf(text(w, part, call));
    return at < 0
      ? fail(w, call.offset, "python-index", `The text does not hold ${describe(part)}.`)
      : BigInt(at);
  },
  count: (w, self, [part], call) => BigInt(self.split(nonEmpty(w, part, call)).length - 1),
  removeprefix: (w, self, [part], call) =>
    self.startsWith(text(w, part, call)) ? self.slice(str(part).length) : self,
  removesuffix: (w, self, [part], call) =>
    part !== "" && self.endsWith(text(w, part, call)) ? self.slice(0, -str(part).length) : self,
  isdigit: is_(/^\d+$/),
  isnumeric: is_(/^\d+$/),
  isalpha: is_(/^\p{L}+$/u),
  isalnum: is_(/^[\p{L}\d]+$/u),
  isupper: is_(/^[^a-z]*[A-Z][^a-z]*$/),
  islower: is_(/^[^A-Z]*[a-z][^A-Z]*$/),
  isspace: is_(/^\s+$/),
  isidentifier: is_(/^[A-Za-z_]\w*$/),
};
