import type { Args } from "./arguments.ts";
import { callBuiltin, iterate } from "./builtins.ts";
import { equal } from "./operators.ts";
import { stringMethods } from "./strings.ts";
import {
  type DictValue,
  describe,
  is,
  type Key,
  type ListValue,
  listOf,
  repr,
  type SliceValue,
  tuple,
  type TupleValue,
  type Value,
} from "./values.ts";
import { forget, holdsUnknown } from "./forgotten.ts";
import { isLibrary } from "./names.ts";
import { unusable } from "./plain.ts";
import { raise } from "./raised.ts";
import { mutating } from "./uses.ts";
import { fail, opaque, spendSize, walkable, type World } from "./world.ts";

/** `v[index]` on constants. */
export function subscript(w: World, v: Value, index: Value, offset: number): Value {
  if (is(v, "dict")) return entry(w, v, index, offset);
  if (isLibrary(v)) return opaque(w);
  const items = is(v, "list", "tuple")
    ? v.items
    : typeof v === "string"
      ? [...spendSize(w, v, offset)]
      : is(v, "range")
        ? iterate(w, v, offset)!
        : undefined;
  if (items === undefined) return fail(w, offset, "python-index", `Python cannot index ${describe(v)}.`);
  if (is(index, "slice")) {
    const part = sliced(items, index);
    spendSize(w, part.length, offset);
    return typeof v === "string" ? part.join("") : is(v, "tuple") ? tuple(part) : listOf(part);
  }
  return items[position(w, items.length, index, offset)];
}

function entry(w: World, v: DictValue, index: Value, offset: number): Value {
  if (v.entries.has(index as Key)) return v.entries.get(index as Key)!;
  const key = [...v.entries.keys()].find((k) => equal(k, index));
  if (key === undefined && !v.entries.has(index as Key)) {
    // containers may hold one another many times over: their text could be of any length
    const shown = typeof index === "object" ? describe(index) : repr(index);
    const known = index === null || typeof index !== "object";
    const stop = known ? raise.bind(null, w, "KeyError") : fail.bind(null, w);
    stop(offset, "python-index", `The dict has no key ${shown}.`, {
      expected: [...v.entries.keys()].map((x) => repr(x)).join(", ") || "a key; it is empty",
    });
  }
  return v.entries.get(key ?? (index as Key))!;
}

/** A whole-number index as an offset from the start. */
export function position(w: World, length: number, index: Value, offset: number): number {
  if (typeof index !== "bigint")
    fail(w, offset, "python-index", "This index is not a whole number.", { received: describe(index) });
  const at = index < 0n ? index + BigInt(length) : index;
  if (at < 0n || at >= BigInt(length))
    raise(w, "IndexError", offset, "python-index", "This index is out of range.", {
      expected: length === 0 ? "an index; it is empty" : `-${length} to ${length - 1}`,
      received: String(index),
    });
  return Number(at);
}

/** Places of a slice, in order, and where it begins. */
function places(
  length: number,
  { start, stop, step }: SliceValue,
): { from: number; at: number[]; by: number } {
  const by = Number(step ?? 1n);
  const clamp = (n: bigint, low: number, high: number): number =>
    Math.min(Math.max(Number(n) < 0 ? Number(n) + length : Number(n), low), high);
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const from = start === null ? (by > 0 ? low : high) : clamp(start, low, high);
  const to = stop === null ? (by > 0 ? high : low) : clamp(stop, low, high);
  const at: number[] = [];
  if (by !== 0) for (let i = from; by > 0 ? i < to : i > to; i += by) at.push(i);
  return { from, at, by };
}

export const sliced = <T>(items: readonly T[], slice: SliceValue): T[] =>
  places(items.length, slice).at.map((i) => items[i]);

/** `list[slice] = values`. */
export function setSlice(
  w: World,
  { items }: ListValue,
  slice: SliceValue,
  values: readonly Value[],
  offset: number,
): void {
  const { from, at, by } = places(items.length, slice);
  if (by === 1) items.splice(from, at.length, ...values);
  else if (at.length === values.length) at.forEach((place, i) => (items[place] = values[i]));
  else
    fail(w, offset, "python-index", "These values do not fit the slice.", {
      expected: `${at.length} values`,
      received: `${values.length}`,
    });
}

type Method<T> = (w: World, self: T, args: readonly Value[], call: Args) => Value;
const listMethods: Readonly<Record<string, Method<ListValue>>> = {
  append: (_w, self, [v]) => (self.items.push(v), null),
  extend: (w, self, [v], call) => {
    for (const item of iterate(w, v, call.offset) ?? unusable(w, v, call.offset)) self.items.push(item);
    return null;
  },
  insert: (w, self, [at, v], call) => {
    if (typeof at !== "bigint" || v === undefined)
      fail(w, call.offset, "python-arguments", "insert() takes a place and a value.");
    self.items.splice(Number(at), 0, v);
    return null;
  },
  remove: (w, self, [v], call) => {
    self.items.splice(
      Number(
        found(
          w,
          self.items.findIndex((item) => equal(item, v)),
          v,
          call,
        ),
      ),
      1,
    );
    return null;
  },
  add: (_w, self, [v]) => (self.items.some((item) => equal(item, v)) || self.items.push(v), null),
  clear: (_w, self) => ((self.items.length = 0), null),
  sort: (w, self, _args, call) => {
    const sorted = callBuiltin(w, "sorted", { ...call, positional: [{ value: self, offset: call.offset }] });
    if (is(sorted, "list")) self.items.splice(0, self.items.length, ...sorted.items);
    return null;
  },
  pop: (w, self, [at = -1n], call) =>
    self.items.splice(position(w, self.items.length, at, call.offset), 1)[0],
  reverse: (_w, self) => (self.items.reverse(), null),
  index: (w, self, [v], call) =>
    found(
      w,
      self.items.findIndex((item) => equal(item, v)),
      v,
      call,
    ),
  count: (_w, self, [v]) => BigInt(self.items.filter((item) => equal(item, v)).length),
  copy: (_w, self) => listOf([...self.items]),
};
/** A value as a key of a dict. */
export function keyOf(w: World, v: Value, offset: number): Key {
  if (v === null || typeof v !== "object") return v;
  return fail(w, offset, "python-value", `${describe(v)} cannot be a key of a dict.`);
}

function found(w: World, at: number, v: Value, call: Args): bigint {
  if (at < 0) raise(w, "ValueError", call.offset, "python-index", `The list does not hold ${describe(v)}.`);
  return BigInt(at);
}
const tupleMethods: Readonly<Record<string, Method<TupleValue>>> = {
  index: (w, self, [v], call) =>
    found(
      w,
      self.items.findIndex((item) => equal(item, v)),
      v,
      call,
    ),
  count: (_w, self, [v]) => BigInt(self.items.filter((item) => equal(item, v)).length),
  // Of a tensor's shape in older TensorFlow.
  as_list: (_w, self) => listOf([...self.items]),
};
const dictMethods: Readonly<Record<string, Method<DictValue>>> = {
  get: (_w, self, [key, otherwise = null]) => self.entries.get(key as Key) ?? otherwise,
  keys: (_w, self) => listOf([...self.entries.keys()]),
  values: (_w, self) => listOf([...self.entries.values()]),
  items: (_w, self) => listOf([...self.entries].map(([k, v]) => tuple([k, v]))),
  copy: (w, self, _args, call) => {
    spendSize(w, self.entries.size, call.offset);
    return { kind: "dict", entries: new Map(self.entries) };
  },
  setdefault: (w, self, [key, otherwise = null], call) => {
    const k = keyOf(w, key ?? null, call.offset);
    if (!self.entries.has(k)) self.entries.set(k, otherwise);
    return self.entries.get(k)!;
  },
  pop: (w, self, [key, otherwise], call) => {
    const k = keyOf(w, key ?? null, call.offset);
    const v = self.entries.has(k) ? self.entries.get(k)! : otherwise;
    self.entries.delete(k);
    return v ?? raise(w, "KeyError", call.offset, "python-index", `The dict has no key ${repr(k)}.`);
  },
  update: (_w, self, [other], call) => {
    if (other !== undefined && is(other, "dict")) for (const [k, v] of other.entries) self.entries.set(k, v);
    for (const [k, g] of call.keyword) self.entries.set(k, g.value);
    return null;
  },
};
/** Methods that go through all items. */
const walking = [
  "count",
  "index",
  "remove",
  "add",
  "copy",
  "keys",
  "values",
  "items",
  "reverse",
  "insert",
  "update",
];
const lengthOf = (v: Value): number =>
  is(v, "list", "tuple")
    ? v.items.length
    : is(v, "dict")
      ? v.entries.size
      : typeof v === "string"
        ? v.length
        : 0;

/** Whether what a method does follows from a value that is not known; what it only puts somewhere need not be. */
function dependsOnUnknown(w: World, self: Value, name: string, args: Args): boolean {
  const given = [...args.positional, ...args.keyword.values()];
  const looked =
    name === "append"
      ? []
      : ["get", "setdefault", "insert", "pop"].includes(name)
        ? given.slice(0, 1)
        : given;
  const unknown = looked.some(({ value, offset }) => holdsUnknown(walkable(w, value, offset)));
  if (unknown || typeof self === "string") return unknown;
  // which of its items one is, or how they are ordered
  return (
    ["index", "count", "remove", "add", "sort"].includes(name) && holdsUnknown(walkable(w, self, args.offset))
  );
}

/** A method of a list, dict or string; undefined where it has none of that name. */
export function containerMethod(w: World, self: Value, name: string, args: Args): Value | undefined {
  const values = args.positional.map((given) => given.value);
  if (dependsOnUnknown(w, self, name, args)) {
    if (mutating.has(name)) forget(w, self);
    return opaque(w);
  }
  if (walking.includes(name)) spendSize(w, lengthOf(self), args.offset);
  const own = <T>(table: Readonly<Record<string, Method<T>>>, v: T): Value | undefined =>
    Object.hasOwn(table, name) ? table[name](w, v, values, args) : undefined;
  if (typeof self === "string") return own(stringMethods, self);
  if (is(self, "list")) return own(listMethods, self);
  if (is(self, "tuple")) return own(tupleMethods, self);
  return is(self, "dict") ? own(dictMethods, self) : undefined;
}
