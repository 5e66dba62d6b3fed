import { type Args, bindKnown } from "./arguments.ts";
import { equal, operate, truth } from "./operators.ts";
import { integer, rangeItems } from "./plain.ts";
import { describe, is, isNumber, type Key, listOf, str, tuple, type Value } from "./values.ts";
import { fail, opaque, spendIteration, type World } from "./world.ts";

/** The items of something that can be looped over; undefined for what cannot be known. */
export function iterate(w: World, v: Value, offset: number): readonly Value[] | undefined {
  if (is(v, "list", "tuple")) return [...v.items];
  if (is(v, "range")) {
    if ((v.stop - v.start) / v.step > 100_000n)
      fail(w, offset, "python-loop", "This range is too long.", { expected: "at most 10000 rounds" });
    return rangeItems(v);
  }
  if (is(v, "dict")) return [...v.entries.keys()];
  if (typeof v === "string") return [...v];
  if (is(v, "opaque", "data", "free")) return undefined;
  return fail(w, offset, "python-loop", `Python cannot loop over ${describe(v)}.`);
}

type Builtin = (w: World, args: readonly Value[], call: Args) => Value;

const items = (w: World, v: Value, call: Args): readonly Value[] => {
  const found = iterate(w, v, call.offset);
  if (found) for (const _ of found) spendIteration(w, call.offset);
  return found ?? fail(w, call.offset, "python-loop", `What ${describe(v)} holds is not known here.`);
};
const table: Readonly<Record<string, Builtin>> = {
  range: (w, args, call) => {
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
  },
  len: (w, [v], call) => {
    if (is(v, "data")) return v.shape ? BigInt(v.shape[0] ?? 0) : opaque(w);
    if (is(v, "free", "opaque")) return opaque(w);
    return BigInt(items(w, v, call).length);
  },
  int: (w, [v = 0n], call) => {
    if (isNumber(v))
      return Number.isFinite(Number(v))
        ? BigInt(typeof v === "number" ? Math.trunc(v) : v)
        : bad(w, call, "int", v);
    return typeof v === "string" && /^\s*[+-]?\d+\s*$/.test(v) ? BigInt(v.trim()) : bad(w, call, "int", v);
  },
  float: (w, [v = 0], call) => {
    if (isNumber(v)) return Number(v);
    return typeof v === "string" && v.trim() !== "" && !Number.isNaN(Number(v))
      ? Number(v)
      : bad(w, call, "float", v);
  },
  bool: (_w, [v = false]) => truth(v),
  str: (_w, [v = ""]) => str(v),
  repr: (_w, [v = null]) => str(v),
  list: (w, [v], call) => listOf(v === undefined ? [] : [...items(w, v, call)]),
  tuple: (w, [v], call) => tuple(v === undefined ? [] : items(w, v, call)),
  dict: (_w, _args, call) => ({
    kind: "dict",
    entries: new Map<Key, Value>([...call.keyword].map(([k, g]) => [k, g.value])),
  }),
  enumerate: (w, [v, from = 0n], call) =>
    listOf(items(w, v, call).map((x, i) => tuple([BigInt(i) + BigInt(Number(from)), x]))),
  zip: (w, args, call) => {
    const columns = args.map((v) => items(w, v, call));
    const length = Math.min(...columns.map((column) => column.length));
    return listOf(
      columns.length === 0 ? [] : Array.from({ length }, (_, i) => tuple(columns.map((column) => column[i]))),
    );
  },
  reversed: (w, [v], call) => listOf([...items(w, v, call)].reverse()),
  sum: (w, [v, start = 0n], call) =>
    items(w, v, call).reduce((a, b) => operate(w, "+", a, b, call.offset), start),
  abs: (w, [v], call) =>
    typeof v === "bigint" ? (v < 0n ? -v : v) : isNumber(v) ? Math.abs(Number(v)) : bad(w, call, "abs", v),
  min: (w, args, call) => extreme(w, args, call, (a, b) => a < b),
  max: (w, args, call) => extreme(w, args, call, (a, b) => a > b),
  pow: (w, [a, b], call) => operate(w, "**", a, b, call.offset),
  round: (w, [v, digits], call) => rounded(w, v, digits, call),
  sorted: (w, [v], call) =>
    listOf([...items(w, v, call)].sort((a, b) => (equal(a, b) ? 0 : Number(a) < Number(b) ? -1 : 1))),
  isinstance: (w) => opaque(w),
  print: (w) => opaque(w),
};

function bad(w: World, call: Args, name: string, v: Value): never {
  return fail(w, call.offset, "python-value", `${name}() has no meaning for ${describe(v)}.`);
}
function extreme(
  w: World,
  args: readonly Value[],
  call: Args,
  better: (a: number, b: number) => boolean,
): Value {
  const values = args.length === 1 ? items(w, args[0], call) : args;
  if (values.length === 0 || !values.every(isNumber)) bad(w, call, "min/max", args[0] ?? null);
  return values.reduce((best, v) => (better(Number(v), Number(best)) ? v : best));
}
/** Half goes to the even neighbour, as in Python. */
function rounded(w: World, v: Value, digits: Value | undefined, call: Args): Value {
  if (!isNumber(v)) return bad(w, call, "round", v);
  if (typeof v !== "number") return BigInt(v);
  if (typeof digits === "bigint")
    return Number(v.toFixed(Math.min(20, Math.max(0, integer(w, digits, call.offset)))));
  const low = Math.floor(v);
  const half = v - low === 0.5 ? (low % 2 === 0 ? low : low + 1) : Math.round(v);
  return BigInt(half);
}

/** Names that Python has without import. */
export const builtinNames: readonly string[] = Object.keys(table);

export function callBuiltin(w: World, name: string, args: Args): Value {
  if (!["dict", "print", "enumerate", "sorted"].includes(name))
    bindKnown(
      w,
      `${name}()`,
      args.positional.map((_, i) => `#${i + 1}`),
      args,
    );
  const values = args.positional.map((given) => given.value);
  if (
    ["len", "list", "enumerate", "reversed", "sum", "abs", "pow", "sorted"].includes(name) &&
    values.length === 0
  ) {
    fail(w, args.offset, "python-arguments", `${name}() needs an argument.`);
  }
  return table[name](w, values, args);
}
