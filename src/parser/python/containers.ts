import type { Args } from "./arguments.ts";
import { iterate } from "./builtins.ts";
import { equal } from "./operators.ts";
import {
  type DictValue,
  describe,
  is,
  type Key,
  type ListValue,
  listOf,
  repr,
  type SliceValue,
  str,
  tuple,
  type Value,
} from "./values.ts";
import { fail, type World } from "./world.ts";

/** `v[index]` on constants. */
export function subscript(w: World, v: Value, index: Value, offset: number): Value {
  if (is(v, "dict")) return entry(w, v, index, offset);
  const items = is(v, "list", "tuple")
    ? v.items
    : typeof v === "string"
      ? [...v]
      : is(v, "range")
        ? iterate(w, v, offset)!
        : undefined;
  if (items === undefined) return fail(w, offset, "python-index", `Python cannot index ${describe(v)}.`);
  if (is(index, "slice")) {
    const part = sliced(items, index);
    return typeof v === "string" ? part.join("") : is(v, "tuple") ? tuple(part) : listOf(part);
  }
  return items[position(w, items.length, index, offset)];
}

function entry(w: World, v: DictValue, index: Value, offset: number): Value {
  const key = [...v.entries.keys()].find((k) => equal(k, index));
  if (key === undefined && !v.entries.has(index as Key)) {
    fail(w, offset, "python-index", `The dict has no key ${repr(index)}.`, {
      expected: [...v.entries.keys()].map((x) => repr(x)).join(", "),
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
    fail(w, offset, "python-index", "This index is out of range.", {
      expected: `-${length} to ${length - 1}`,
      received: String(index),
    });
  return Number(at);
}

export function sliced<T>(items: readonly T[], { start, stop, step }: SliceValue): T[] {
  const by = Number(step ?? 1n);
  const clamp = (n: bigint, low: number, high: number): number =>
    Math.min(Math.max(Number(n) < 0 ? Number(n) + items.length : Number(n), low), high);
  const [low, high] = by > 0 ? [0, items.length] : [-1, items.length - 1];
  const from = start === null ? (by > 0 ? low : high) : clamp(start, low, high);
  const to = stop === null ? (by > 0 ? high : low) : clamp(stop, low, high);
  const out: T[] = [];
  if (by !== 0) for (let i = from; by > 0 ? i < to : i > to; i += by) out.push(items[i]);
  return out;
}

type Method<T> = (w: World, self: T, args: readonly Value[], call: Args) => Value;
const listMethods: Readonly<Record<string, Method<ListValue>>> = {
  append: (_w, self, [v]) => (self.items.push(v), null),
  extend: (w, self, [v], call) => (self.items.push(...(iterate(w, v, call.offset) ?? [])), null),
  insert: (_w, self, [at, v]) => (self.items.splice(Number(at), 0, v), null),
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
function found(w: World, at: number, v: Value, call: Args): bigint {
  return at < 0 ? fail(w, call.offset, "python-index", `The list does not hold ${describe(v)}.`) : BigInt(at);
}
const dictMethods: Readonly<Record<string, Method<DictValue>>> = {
  get: (_w, self, [key, otherwise = null]) => self.entries.get(key as Key) ?? otherwise,
  keys: (_w, self) => listOf([...self.entries.keys()]),
  values: (_w, self) => listOf([...self.entries.values()]),
  items: (_w, self) => listOf([...self.entries].map(([k, v]) => tuple([k, v]))),
  copy: (_w, self) => ({ kind: "dict", entries: new Map(self.entries) }),
  update: (_w, self, [other], call) => {
    if (other !== undefined && is(other, "dict")) for (const [k, v] of other.entries) self.entries.set(k, v);
    for (const [k, g] of call.keyword) self.entries.set(k, g.value);
    return null;
  },
};
const stringMethods: Readonly<Record<string, Method<string>>> = {
  format: (w, self, args, call) => formatted(w, self, args, call),
  lower: (_w, self) => self.toLowerCase(),
  upper: (_w, self) => self.toUpperCase(),
  strip: (_w, self) => self.trim(),
  replace: (_w, self, [a, b]) => self.replaceAll(str(a), str(b)),
  split: (_w, self, [by]) => listOf(by === undefined ? self.trim().split(/\s+/) : self.split(str(by))),
  join: (w, self, [v], call) => (iterate(w, v, call.offset) ?? []).map(str).join(self),
  startswith: (_w, self, [v]) => self.startsWith(str(v)),
  endswith: (_w, self, [v]) => self.endsWith(str(v)),
};
function formatted(w: World, text: string, args: readonly Value[], call: Args): string {
  let next = 0;
  return text.replace(
    /\{\{|\}\}|\{(\w*)(?::([^{}]*))?\}/g,
    (whole: string, name: string | undefined, spec = "") => {
      if (name === undefined) return whole[0];
      const v =
        name === "" ? args[next++] : /^\d+$/.test(name) ? args[Number(name)] : call.keyword.get(name)?.value;
      if (v === undefined) fail(w, call.offset, "python-format", `There is no argument for {${name}}.`);
      return formatValue(w, v, spec, call.offset);
    },
  );
}

const spec = /^(0?)(\d*)(?:\.(\d+))?([dfegs%]?)$/;
/** `format(v, spec)` for the usual specs. */
export function formatValue(w: World, v: Value, format: string, offset: number): string {
  if (format === "") return str(v);
  const parts = spec.exec(format);
  if (!parts || Number(parts[2]) > 1000 || Number(parts[3] ?? 0) > 100)
    fail(w, offset, "python-format", "This format is not read.", {
      expected: "d, s, .2f, 02d, e, g or %",
      received: format,
    });
  const [, zero, width, digits, type] = parts;
  const n = Number(v);
  const text =
    type === "f"
      ? n.toFixed(Number(digits ?? 6))
      : type === "%"
        ? `${(n * 100).toFixed(Number(digits ?? 6))}%`
        : type === "e"
          ? n.toExponential(Number(digits ?? 6)).replace(/e([+-])(\d)$/, "e$10$2")
          : str(v);
  return text.padStart(Number(width), zero === "0" ? "0" : " ");
}

/** A method of a list, dict or string; undefined where it has none of that name. */
export function containerMethod(w: World, self: Value, name: string, args: Args): Value | undefined {
  const values = args.positional.map((given) => given.value);
  const own = <T>(table: Readonly<Record<string, Method<T>>>, v: T): Value | undefined =>
    Object.hasOwn(table, name) ? table[name](w, v, values, args) : undefined;
  if (typeof self === "string") return own(stringMethods, self);
  if (is(self, "list")) return own(listMethods, self);
  return is(self, "dict") ? own(dictMethods, self) : undefined;
}
