import { type Args, bindKnown } from "./arguments.ts";
import { attribute, callValue, setAttribute } from "./attributes.ts";
import { asInteger, asNumber, rounded } from "./conversions.ts";
import { given, unknownArray } from "./data.ts";
import { holdsUnknown } from "./forgotten.ts";
import { numbersOf, numpyNumbers, pythonNumber, rowsOf, toList, writtenNumber } from "./known-arrays.ts";
import { hasName, importedModule, memberOr } from "./imports.ts";
import { bySpecial } from "./own-operators.ts";
import { isLibrary } from "./names.ts";
import { raise } from "./raised.ts";
import { compare, distinct, operate, truth } from "./operators.ts";
import { derived, rangeItems } from "./plain.ts";
import { tensorInfix, tensorPrefix } from "./tensor-operations.ts";
import { classOf, isInstance } from "./types.ts";
import {
  type DataValue,
  describe,
  is,
  isNumber,
  iterator,
  listOf,
  lookIn,
  type NamespaceValue,
  repr,
  str,
  tuple,
  type Key,
  type Value,
} from "./values.ts";
import { fail, opaque, spendSize, walkable, type World } from "./world.ts";

const MAX_RANGE = 100_000n;

/** The items of something that can be looped over; undefined for what cannot be known. */
export function iterate(w: World, v: Value, offset: number): readonly Value[] | undefined {
  if (is(v, "data")) return rowsOf(w, v, offset);
  if (is(v, "opaque", "free") || isLibrary(v)) return undefined;
  const own = bySpecial(w, v, "__iter__", [], offset);
  if (own !== undefined) return is(own, "namespace") ? undefined : iterate(w, own, offset);
  const items = itemsOf(w, v, offset);
  spendSize(w, items.length, offset);
  return items;
}
function itemsOf(w: World, v: Value, offset: number): readonly Value[] {
  if (is(v, "list") && v.once) return v.items.splice(0);
  if (is(v, "list", "tuple")) return [...v.items];
  if (is(v, "range")) {
    if ((v.stop - v.start) / v.step > MAX_RANGE)
      fail(w, offset, "python-loop", "This range is too long.", { expected: "at most 10000 rounds" });
    return rangeItems(v);
  }
  if (is(v, "dict")) return [...v.entries.keys()];
  if (typeof v === "string") return [...v];
  return fail(w, offset, "python-loop", `Python cannot loop over ${describe(v)}.`);
}

type Builtin = (w: World, args: readonly Value[], call: Args) => Value;

const items = (w: World, v: Value, call: Args): readonly Value[] => iterate(w, v, call.offset)!;
const option = (call: Args, name: string): Value | undefined => call.keyword.get(name)?.value;
/** `fn(*args)`, as functions over lists call what they are given. */
export const apply = (w: World, fn: Value, args: readonly Value[], { offset }: Pick<Args, "offset">): Value =>
  callValue(w, fn, { positional: args.map((value) => ({ value, offset })), keyword: new Map(), offset });

function range(w: World, args: readonly Value[], call: Args): Value {
  if (!args.every((n) => typeof n === "bigint"))
    fail(w, call.offset, "python-value", "range() takes whole numbers.", {
      received: args.map(describe).join(", "),
    });
  const [a, b, step = 1n] = args as bigint[];
  if (a === undefined || step === 0n)
    fail(w, call.offset, "python-value", "range() takes one to three whole numbers, the step not 0.");
  return b === undefined
    ? { kind: "range", start: 0n, stop: a, step }
    : { kind: "range", start: a, stop: b, step };
}

function dict(w: World, [from]: readonly Value[], call: Args): Value {
  const entries = new Map<Key, Value>();
  const pairs =
    from === undefined ? [] : is(from, "dict") ? [...from.entries].map(tuple) : iterate(w, from, call.offset);
  for (const pair of pairs ?? [from!]) {
    const [key, v] = iterate(w, pair, call.offset) ?? [pair];
    if (is(key, "opaque", "data", "free")) return opaque(w);
    entries.set(key as Key, v);
  }
  for (const [key, { value }] of call.keyword) entries.set(key, value);
  return { kind: "dict", entries };
}

/** One item of each in turn, so that one iterator given twice gives pairs. */
function zip(w: World, args: readonly Value[], call: Args): Value {
  const columns = args.map((v) => (is(v, "list") && v.once ? v.items : [...items(w, v, call)]));
  // what is given twice is gone through by both; items are taken off at the end, all at once
  const taken = new Map(columns.map((column) => [column, 0]));
  const next = (column: Value[]): Value[] => {
    const at = taken.get(column)!;
    if (at < column.length) taken.set(column, at + 1);
    return column.slice(at, at + 1);
  };
  const rows: Value[] = [];
  while (columns.length > 0) {
    const row = columns.flatMap(next);
    if (row.length < columns.length) break;
    rows.push(tuple(row));
  }
  for (const [column, count] of taken) column.splice(0, count);
  return iterator(rows);
}

/** `next(it, otherwise)`; undefined where it is not known what is gone through. */
function nextOf(w: World, { positional: [over, otherwise], offset }: Args): Value | undefined {
  if (!over || !is(over.value, "list") || !over.value.once) return undefined;
  if (over.value.items.length > 0) return over.value.items.shift();
  return otherwise
    ? otherwise.value
    : raise(w, "StopIteration", offset, "python-value", "The iterator has nothing left.");
}

/** `sorted`, `min` and `max` compare what `key` makes of the items. */
function ordered(w: World, list: readonly Value[], call: Args): Value[] {
  const key = option(call, "key") ?? null;
  spendSize(w, list.length * 8, call.offset);
  const keyed = list.map((v) => ({ v, by: key === null ? v : apply(w, key, [v], call) }));
  keyed.sort((a, b) =>
    compare(w, "<", a.by, b.by, call.offset) ? -1 : compare(w, "<", b.by, a.by, call.offset) ? 1 : 0,
  );
  return keyed.map(({ v }) => v);
}

function extreme(w: World, args: readonly Value[], call: Args, name: "min" | "max"): Value {
  const list = args.length === 1 ? items(w, args[0], call) : args;
  const sorted = ordered(w, list, call);
  const best =
    name === "min" ? sorted[0] : list.find((v) => compare(w, "==", v, sorted.at(-1)!, call.offset));
  return (
    best ??
    option(call, "default") ??
    fail(w, call.offset, "python-value", `${name}() has no items to compare.`)
  );
}

/** Whether an object or class of the snippet has something of this name. */
const hasOwn = (v: NamespaceValue, name: string): boolean =>
  v.values.has(name) || lookIn(v.of ?? v, name) !== undefined;

const table: Readonly<Record<string, Builtin>> = {
  range,
  dict,
  zip,
  len: (w, [v], call) => {
    if (is(v, "data")) return v.shape ? BigInt(v.shape[0] ?? 0) : opaque(w);
    if (is(v, "list", "tuple")) return BigInt(v.items.length);
    if (isNumber(v) || v === null) return unfit(w, call, "len", v);
    const own = bySpecial(w, v, "__len__", [], call.offset);
    if (own !== undefined) return own;
    return BigInt(is(v, "dict") ? v.entries.size : items(w, v, call).length);
  },
  int: (w, [v = 0n], call) => asInteger(w, v, call.offset),
  float: (w, [v = 0], call) => asNumber(w, v, call.offset),
  bool: (_w, [v = false]) => truth(v),
  str: (w, [v = ""], call) => spendSize(w, str(v), call.offset),
  repr: (w, [v = null], call) => spendSize(w, repr(v), call.offset),
  list: (w, [v], call) => listOf(v === undefined ? [] : [...items(w, v, call)]),
  tuple: (w, [v], call) => tuple(v === undefined ? [] : items(w, v, call)),
  set: (w, [v], call) => listOf(v === undefined ? [] : distinct(w, items(w, v, call), call.offset)),
  frozenset: (w, [v], call) => listOf(v === undefined ? [] : distinct(w, items(w, v, call), call.offset)),
  iter: (w, [v], call) => (is(v, "list") && v.once ? v : iterator(items(w, v, call))),
  enumerate: (w, [v, from], call) => {
    const start = from ?? option(call, "start") ?? 0n;
    return iterator(
      items(w, v, call).map((x, i) => tuple([operate(w, "+", start, BigInt(i), call.offset), x])),
    );
  },
  reversed: (w, [v], call) => iterator([...items(w, v, call)].reverse()),
  map: (w, [fn, ...lists], call) =>
    iterator(
      (zip(w, lists, call) as { items: { items: Value[] }[] }).items.map((row) =>
        apply(w, fn, row.items, call),
      ),
    ),
  filter: (w, [fn, v], call) => {
    const kept = items(w, v, call).map((x) => [x, fn === null ? x : apply(w, fn, [x], call)]);
    if (kept.some(([, test]) => is(test, "opaque", "data"))) return opaque(w);
    return iterator(kept.filter(([, test]) => truth(test)).map(([x]) => x));
  },
  sum: (w, [v, start], call) =>
    items(w, v, call).reduce(
      (a, b) => (is(a, "tensor") || is(b, "tensor") ? tensorInfix : operate)(w, "+", a, b, call.offset),
      start ?? option(call, "start") ?? 0n,
    ),
  any: (w, [v], call) => items(w, v, call).some(truth),
  all: (w, [v], call) => items(w, v, call).every(truth),
  abs: (w, [v], call) =>
    is(v, "tensor")
      ? tensorPrefix(w, "abs", v, call.offset)
      : typeof v === "bigint"
        ? v < 0n
          ? -v
          : v
        : isNumber(v)
          ? Math.abs(Number(v))
          : unfit(w, call, "abs", v),
  min: (w, args, call) => extreme(w, args, call, "min"),
  max: (w, args, call) => extreme(w, args, call, "max"),
  pow: (w, [a, b], call) => operate(w, "**", a, b, call.offset),
  divmod: (w, [a, b], call) =>
    tuple([operate(w, "//", a, b, call.offset), operate(w, "%", a, b, call.offset)]),
  round: (w, [v, digits], call) => rounded(w, v, digits ?? option(call, "ndigits"), call.offset),
  sorted: (w, [v], call) => {
    const list = ordered(w, items(w, v, call), call);
    return listOf(truth(option(call, "reverse") ?? false) ? list.reverse() : list);
  },
  chr: (w, [v], call) =>
    typeof v === "bigint" && v >= 0n && v < 0x110000n
      ? String.fromCodePoint(Number(v))
      : unfit(w, call, "chr", v),
  ord: (w, [v], call) =>
    typeof v === "string" && v !== "" ? BigInt(v.codePointAt(0)!) : unfit(w, call, "ord", v),
  type: (w, [v]) => classOf(w, v),
  isinstance: (w, [v, type]) => isInstance(w, v, type ?? null),
  callable: (_w, [v]) => is(v, "function", "builtin", "layer", "keras", "method"),
  getattr: (w, [v, name, otherwise], call) => {
    if (typeof name !== "string") return unfit(w, call, "getattr", name ?? null);
    if (is(v, "layer", "dict", "object") && otherwise !== undefined) return opaque(w);
    if (is(v, "namespace") && v.complete && otherwise !== undefined && !hasOwn(v, name)) return otherwise;
    const missing = otherwise === undefined ? undefined : memberOr(w, v, name, otherwise);
    return missing === undefined ? attribute(w, v, name, call.offset) : missing;
  },
  setattr: (w, [v, name, value], call) => {
    if (typeof name !== "string" || value === undefined) return unfit(w, call, "setattr", name ?? null);
    setAttribute(w, v, name, value, call.offset);
    return null;
  },
  hasattr: (w, [v, name]) =>
    is(v, "layer") && name === "layers"
      ? v.model !== undefined
      : is(v, "namespace") && v.complete && typeof name === "string"
        ? hasOwn(v, name)
        : ((w.library.keras2 ? undefined : hasName(v, name)) ?? opaque(w)),
};
/** What only looks, or asks the computer: nothing of it is known. */
const silent = [
  "print",
  "input",
  "open",
  "help",
  "id",
  "hash",
  "vars",
  "dir",
  "globals",
  "locals",
  "exit",
  "quit",
  "next",
  "display",
  "slice",
  "bytes",
  "bytearray",
  "complex",
  "bin",
  "hex",
  "oct",
  "object",
  "super",
  "__import__",
];

const risky = /^(open|input|next|exit|quit)$/;

function unfit(w: World, call: Args, name: string, v: Value): never {
  return fail(w, call.offset, "python-value", `${name}() has no meaning for ${describe(v)}.`);
}

/** Names that Python has without import. */
export const builtinNames: readonly string[] = [...Object.keys(table), ...silent];

/** Arguments by keyword that built-ins take. */
const keywords: Readonly<Record<string, readonly string[]>> = {
  sorted: ["key", "reverse"],
  min: ["key", "default"],
  max: ["key", "default"],
  enumerate: ["start"],
  sum: ["start"],
  round: ["ndigits"],
  zip: ["strict"],
};
const needsOne = new Set(
  "len list_ enumerate reversed sum abs pow sorted any all map filter type isinstance getattr hasattr chr ord divmod round iter min max callable".split(
    " ",
  ),
);
/** Those whose result follows from the items of what they are given. */
const looksInside = new Set(
  "set frozenset sorted sum any all min max str repr int float bool abs round pow divmod".split(" "),
);
/** Those that take arrays and unknown values for what they are. */
const takesAnything = new Set(["type", "isinstance", "hasattr", "callable", "getattr", "dict"]);

/** Not known, for the first of these that is not. */
function unknownFrom(w: World, values: readonly Value[]): Value {
  const first = values.find((v) => is(v, "opaque"));
  return first === undefined ? opaque(w) : derived(w, first);
}

/** Those that take a number of NumPy for one of Python. */
const takesNumber = new Set(["int", "float", "bool", "str", "range", "chr"]);
/** Those that go through an array as through a list. */
const goesThrough = new Set(["list", "tuple", "enumerate", "zip", "reversed", "map", "filter", "iter"]);
/** Those that answer with what they found in the array. */
const picks = new Set(["max", "min", "sum", "sorted", "set", "abs"]);

/** A built-in on a small array whose numbers are known; undefined where it is not read. */
function ofArray(w: World, name: string, values: readonly Value[], args: Args): Value | undefined {
  const known = values.map((v) => (is(v, "data") ? numbersOf(w, v) : undefined));
  const arrays = known.filter((one) => one !== undefined);
  if (arrays.length < values.filter((v) => is(v, "data")).length) return undefined;
  if (goesThrough.has(name))
    return arrays.every(({ shape }) => shape.length > 0) ? table[name](w, values, args) : undefined;
  if (!picks.has(name) || values.length !== 1 || args.keyword.size > 0 || arrays[0].shape.length > 1)
    return undefined;
  return numpyNumbers(w, table[name](w, [toList(w, values[0] as DataValue)!], args), arrays[0].dtype);
}

export function callBuiltin(w: World, name: string, args: Args): Value {
  const module = name === "__import__" ? importedModule(w, args, false) : undefined;
  if (module) return module;
  const taken = name === "next" ? nextOf(w, args) : undefined;
  if (taken !== undefined) return taken;
  if (risky.test(name)) w.risks.calls++;
  if (silent.includes(name)) return opaque(w);
  const places = args.positional.map((_, i) => `#${i + 1}`);
  if (name !== "dict") bindKnown(w, `${name}()`, places, args, keywords[name] ?? []);
  if (needsOne.has(name) && args.positional.length === 0)
    fail(w, args.offset, "python-arguments", `${name}() needs an argument.`);
  const values = args.positional.map(({ value }) =>
    name === "len" && is(value, "free")
      ? given(w, value)
      : takesNumber.has(name)
        ? (name === "str" ? writtenNumber : pythonNumber)(w, value)
        : value,
  );
  for (const { value, offset } of args.positional) walkable(w, value, offset);
  const unknown = values.some(
    (v) => is(v, "opaque", "free") || isLibrary(v) || (is(v, "data") && name !== "len"),
  );
  if (unknown && !takesAnything.has(name)) {
    if (!values.some((v) => is(v, "data"))) return unknownFrom(w, values);
    const others = values.some((v) => is(v, "opaque", "free") || isLibrary(v));
    return (others ? undefined : ofArray(w, name, values, args)) ?? unknownArray(w);
  }
  if (looksInside.has(name) && values.some(holdsUnknown)) return unknownFrom(w, values);
  return table[name](w, values, args);
}
