import { ModelError } from "../../diagnostics.ts";
import type { CallArg, Expr, Hole, Link, Loop, Trailer } from "./ast.ts";
import type { Args, Given } from "./arguments.ts";
import { attribute, callValue } from "./attributes.ts";
import { builtinNames, iterate } from "./builtins.ts";
import { Broken, each, report } from "./collect.ts";
import { formatValue, subscript } from "./containers.ts";
import { arrayArithmetic, given, indexArray, unknownArray } from "./data.ts";
import { starred } from "./imports.ts";
import { onlyLooks } from "./numpy.ts";
import { compare, operate, truth, unary } from "./operators.ts";
import { plain, unusable } from "./plain.ts";
import { describe, type DictValue, is, type Key, listOf, repr, tuple, type Value } from "./values.ts";
import { fail, opaque, spend, spendIteration, walkable, where, type World } from "./world.ts";

/** Names of the function being run, over the snippet's own. */
export interface Frame {
  readonly w: World;
  readonly locals?: Map<string, Value>;
}
/** The value of an expression. */
export function evaluate(f: Frame, e: Expr): Value {
  const { w } = f;
  spend(w, e.offset);
  switch (e.kind) {
    case "constant":
      return e.value;
    case "chain":
      return e.rest.reduce(
        (left, link) => infix(w, link.op, left, evaluate(f, link.value), link.offset),
        evaluate(f, e.first),
      );
    case "compare":
      return comparison(f, e.first, e.rest);
    case "power":
      return power(f, e);
    case "logic":
      return logic(f, e.op, e.items);
    case "unary":
      return e.ops.reduceRight((v, op) => prefix(w, op, v, e.offset), evaluate(f, e.value));
    case "choice":
      return choice(f, e);
    case "postfix":
      return postfix(f, e);
    case "slice":
      return slice(f, e);
    case "fstring":
      return e.parts.map((part) => (typeof part === "string" ? part : hole(f, part))).join("");
    case "lambda":
      return opaque(w);
    default:
      return display(f, e);
  }
}

/** What is written out: names, lists, text. */
function display(
  f: Frame,
  e: Of<"ellipsis" | "name" | "list" | "set" | "tuple" | "dict" | "comprehension" | "star">,
): Value {
  const { w } = f;
  switch (e.kind) {
    case "ellipsis":
      return { kind: "ellipsis" };
    case "name":
      return lookup(f, e.name, e.offset);
    case "list":
    case "set":
      return listOf(spread(f, e.items));
    case "tuple":
      return tuple(spread(f, e.items));
    case "dict":
      return dict(f, e);
    case "comprehension":
      return comprehension(f, e);
    case "star":
      return fail(w, e.offset, "python-syntax", "A star has no meaning here.");
  }
}
type Of<K extends Expr["kind"]> = Extract<Expr, { readonly kind: K }>;

function lookup({ w, locals }: Frame, name: string, offset: number): Value {
  const scope = locals?.has(name) ? locals : w.globals;
  const v = scope.get(name);
  if (v !== undefined) {
    if (is(v, "broken")) throw new Broken();
    return v;
  }
  if (builtinNames.includes(name)) return { kind: "builtin", name };
  return starred(w, name) ?? { kind: "free", name, at: where(w, offset) };
}

/** Arithmetic where constants, arrays and unknown values may meet. */
export function infix(
  w: World,
  op: string,
  left: Value,
  right: Value,
  offset: number,
  inPlace = false,
): Value {
  if (is(left, "tensor") || is(right, "tensor")) {
    const layer = op === "+" ? "layers.Add()([…])" : op === "*" ? "layers.Multiply()([…])" : "a layer";
    fail(
      w,
      offset,
      "python-tensor-arithmetic",
      `Tensor arithmetic is not supported: \`${op}\` on a tensor.`,
      { hint: `Use ${layer}.` },
    );
  }
  if (is(left, "data") || is(right, "data")) return arrayArithmetic(w, op, ...known(w, left, right), inPlace);
  if (is(left, "opaque") || is(right, "opaque")) return opaque(w);
  if (is(left, "free") || is(right, "free")) {
    const [a, b] = [left, right].map((v) => (is(v, "free") ? v : undefined));
    const constant = a === undefined ? left : right;
    const isData =
      (typeof constant === "number" || typeof constant === "bigint" || (a && b)) &&
      ["/", "-", "*", "+"].includes(op);
    if (!isData) unusable(w, left !== null && is(left, "free") ? left : right, offset);
    return arrayArithmetic(w, op, ...known(w, left, right), inPlace);
  }
  return operate(w, op, left, right, offset);
}
function known(w: World, left: Value, right: Value): [Value, Value] {
  const array = (v: Value): Value => (is(v, "free") ? given(w, v) : v);
  return [array(left), array(right)];
}

function prefix(w: World, op: string, v: Value, offset: number): Value {
  if (is(v, "opaque")) return v;
  if (is(v, "data")) return op === "-" ? arrayArithmetic(w, "*", v, -1n, false) : unknownArray(w);
  if (is(v, "free")) return unusable(w, v, offset);
  return unary(w, op, v, offset);
}

function comparison(f: Frame, first: Expr, rest: readonly Link[]): Value {
  let left = walkable(f.w, evaluate(f, first), first.offset);
  for (const { op, value, offset } of rest) {
    const right = walkable(f.w, evaluate(f, value), offset);
    if (is(left, "data") || is(right, "data")) return unknownArray(f.w);
    if (is(left, "opaque") || is(right, "opaque")) return opaque(f.w);
    if (is(left, "free")) return unusable(f.w, left, offset);
    if (is(right, "free")) return unusable(f.w, right, offset);
    if (!compare(f.w, op, left, right, offset)) return false;
    left = right;
  }
  return true;
}

function power(f: Frame, { bases, offset }: Of<"power">): Value {
  const values = bases.map(({ signs, value }) => ({ signs, value: evaluate(f, value) }));
  const signed = (signs: readonly string[], v: Value): Value =>
    signs.reduceRight((x, op) => prefix(f.w, op, x, offset), v);
  const last = values.pop()!;
  return values.reduceRight(
    (v, base) => signed(base.signs, infix(f.w, "**", base.value, v, offset)),
    signed(last.signs, last.value),
  );
}

function logic(f: Frame, op: "and" | "or", items: readonly Expr[]): Value {
  let v: Value = null;
  for (const item of items) {
    v = evaluate(f, item);
    if (is(v, "opaque", "data")) return opaque(f.w);
    if (truth(v) !== (op === "and")) return v;
  }
  return v;
}

function choice(f: Frame, { items, tests, offset }: Of<"choice">): Value {
  for (const [i, test] of tests.entries()) if (holds(f, test, offset)) return evaluate(f, items[i]);
  return evaluate(f, items.at(-1)!);
}

/** Truth of a condition, which must be known. */
export function holds(f: Frame, test: Expr, offset: number): boolean {
  const v = evaluate(f, test);
  if (is(v, "opaque", "data", "free")) unusable(f.w, v, offset);
  return truth(v);
}

function slice(f: Frame, e: Of<"slice">): Value {
  const bound = (part: Expr | undefined): bigint | null | undefined => {
    const v = part === undefined ? null : evaluate(f, part);
    return v === null || typeof v === "bigint"
      ? v
      : is(v, "opaque")
        ? undefined
        : fail(f.w, e.offset, "python-index", "The bounds of a slice are whole numbers.", {
            received: describe(v),
          });
  };
  const [start, stop, step] = [e.start, e.stop, e.step].map(bound);
  if (start === undefined || stop === undefined || step === undefined) return opaque(f.w);
  return { kind: "slice", start, stop, step };
}

function hole(f: Frame, { value, show, format, label = "", offset }: Hole): string {
  const v = walkable(f.w, evaluate(f, value), offset);
  if (is(v, "free", "opaque", "data")) return unusable(f.w, v, offset);
  return label + (show ? repr(v) : formatValue(f.w, v, format, offset));
}

function spread(f: Frame, items: readonly Expr[]): Value[] {
  const parts = each(f.w, items, (item) => {
    if (item.kind !== "star") return [evaluate(f, item)];
    const v = evaluate(f, item.value);
    return iterate(f.w, v, item.offset) ?? unusable(f.w, v, item.offset);
  });
  return parts.flat();
}

export function keyOf(w: World, v: Value, offset: number): Key {
  if (v === null || typeof v !== "object") return v;
  return fail(w, offset, "python-value", `${describe(v)} cannot be a key of a dict.`);
}

function dict(f: Frame, { entries }: Of<"dict">): DictValue {
  const made = new Map<Key, Value>();
  for (const { key, value } of entries) {
    const v = evaluate(f, value);
    if (key) made.set(keyOf(f.w, evaluate(f, key), key.offset), v);
    else if (is(v, "dict")) for (const [k, x] of v.entries) made.set(k, x);
    else fail(f.w, value.offset, "python-value", "Only a dict can follow **.", { received: describe(v) });
  }
  return { kind: "dict", entries: made };
}

function comprehension(f: Frame, e: Of<"comprehension">): Value {
  const locals = new Map(f.locals);
  const inner: Frame = { w: f.w, locals };
  const items: Value[] = [];
  const entries = new Map<Key, Value>();
  const each = (loops: readonly Loop[]): void => {
    const [loop, ...rest] = loops;
    if (loop === undefined) {
      const v = evaluate(inner, e.item);
      if (e.key) entries.set(keyOf(f.w, evaluate(inner, e.key), e.offset), v);
      else items.push(v);
      return;
    }
    const over = evaluate(inner, loop.over);
    for (const v of iterate(f.w, over, loop.over.offset) ?? unusable(f.w, over, loop.over.offset)) {
      spendIteration(f.w, loop.over.offset);
      f.w.bind(loop.target, v, inner);
      if (loop.tests.every((test) => holds(inner, test, test.offset))) each(rest);
    }
  };
  each(e.loops);
  return e.of === "dict" ? { kind: "dict", entries } : listOf(items);
}

/** Where a part of the chain fails, the arguments of the calls behind it are still read for what is wrong in them. */
function postfix(f: Frame, { base, trailers }: Of<"postfix">): Value {
  let done = 0;
  try {
    let v = evaluate(f, base);
    for (const trailer of trailers) {
      done++;
      v = follow(f, v, trailer);
    }
    return v;
  } catch (error) {
    report(f.w, error);
    const behind = trailers.slice(done).flatMap((trailer) => (trailer.kind === "call" ? trailer.args : []));
    each(f.w, behind, ({ value }) => evaluate(f, value));
    throw new Broken();
  }
}

function follow(f: Frame, v: Value, trailer: Trailer): Value {
  const { w } = f;
  if (trailer.kind === "attribute") return attribute(w, v, trailer.name, trailer.offset);
  if (trailer.kind === "index") return index(f, v, trailer.index, trailer.offset);
  const quiet =
    is(v, "opaque") || (is(v, "builtin") && v.name === "print") || (is(v, "module") && onlyLooks(v.path));
  return callValue(w, v, argumentsOf(f, trailer.args, trailer.offset, quiet));
}

function index(f: Frame, v: Value, e: Expr, offset: number): Value {
  const at = evaluate(f, e);
  if (is(v, "data", "free")) {
    const array = is(v, "free") ? given(f.w, v) : v;
    return indexArray(f.w, array, at, offset);
  }
  if (is(v, "opaque") || is(at, "opaque")) return opaque(f.w);
  if (is(at, "free")) return unusable(f.w, at, offset);
  if (is(v, "tensor"))
    return fail(f.w, offset, "python-tensor-arithmetic", "Slicing a tensor is not supported.", {
      hint: "Use a layer that does the same.",
    });
  return subscript(f.w, v, at, offset);
}

/** Arguments with their places. What only looks on may be given anything: what cannot be read there matters to nobody. */
function argumentsOf(f: Frame, list: readonly CallArg[], offset: number, quiet: boolean): Args {
  const positional: Given[] = [];
  const keyword = new Map<string, Given>();
  const values = each(f.w, list, (arg) =>
    walkable(f.w, quiet ? quietly(f, arg.value) : evaluate(f, arg.value), arg.offset),
  );
  for (const [k, arg] of list.entries()) {
    const v = values[k];
    if (arg.star === "*")
      for (const x of iterate(f.w, v, arg.offset) ?? []) positional.push({ value: x, offset: arg.offset });
    else if (arg.star === "**") spreadKeywords(f.w, v, keyword, arg.offset);
    else if (arg.name === undefined) positional.push({ value: v, offset: arg.value.offset });
    else if (keyword.has(arg.name))
      fail(f.w, arg.offset, "python-arguments", `The argument ${arg.name} is given twice.`);
    else keyword.set(arg.name, { value: v, offset: arg.value.offset, key: arg.offset });
  }
  return { positional, keyword, offset };
}

function spreadKeywords(w: World, v: Value, keyword: Map<string, Given>, offset: number): void {
  if (!is(v, "dict")) plain(w, v, offset);
  else for (const [key, value] of v.entries) keyword.set(String(key), { value, offset });
}

function quietly(f: Frame, e: Expr): Value {
  const { problems } = f.w;
  const before = problems.length;
  try {
    return evaluate(f, e);
  } catch (error) {
    const own = error instanceof Broken && problems.length > before;
    if (!own && !(error instanceof ModelError)) throw error;
    problems.length = before;
    return opaque(f.w);
  }
}
