import type { Expr, Parameter, Statement } from "./ast.ts";
import { find, type Frame } from "./expressions.ts";
import { redirect } from "./functions.ts";
import { mutating, type Names, namesIn, outerNames, type Passed, type Use } from "./uses.ts";
import { type FunctionValue, is, type OpaqueValue, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** From here on nobody knows what a list, dict or object holds: lines that are not run change it. */
export function forget(w: World, v: Value): void {
  if (is(v, "list", "dict", "namespace")) w.forgotten.set(v, opaque(w));
}

/** Forgets it and all that it holds. */
export function forgetAll(w: World, v: Value, seen = new Set<Value>()): void {
  if (seen.has(v)) return;
  seen.add(v);
  forget(w, v);
  for (const held of heldBy(v)) forgetAll(w, held, seen);
}

function heldBy(v: Value): readonly Value[] {
  if (is(v, "list", "tuple")) return v.items;
  if (is(v, "dict")) return [...v.entries.values()];
  if (is(v, "namespace")) return [...v.values.values()];
  if (is(v, "partial"))
    return [v.fn, ...[...v.args.positional, ...v.args.keyword.values()].map(({ value }) => value)];
  return is(v, "method") ? [v.self] : [];
}

/** The value, or that it is not known any more. */
export const remembered = (w: World, v: Value): Value =>
  w.forgotten.size > 0 ? (w.forgotten.get(v) ?? v) : v;

/** What becomes of a value, from nothing to all. */
const FATES = ["looked", "changed", "parts", "kept"] as const;
type Fate = (typeof FATES)[number];
const worst = (fates: readonly Fate[]): Fate =>
  fates.reduce((a, b) => (FATES.indexOf(a) > FATES.indexOf(b) ? a : b), "looked");

/** Forgets what code may change in place that is not run; the values of expressions become what `use` says. */
export function forgetChanged(
  f: Frame,
  statements: readonly Statement[],
  expressions: readonly Expr[] = [],
  use?: Use,
): void {
  forgetUsed(f, namesIn(statements, expressions, use), new Set());
}

function forgetUsed(f: Frame, names: Names, seen: Set<Value>): void {
  for (const [name, uses] of names.uses) {
    const v = find(f, name);
    if (v === undefined) continue;
    if (is(v, "list", "dict", "namespace", "tuple"))
      suffer(f.w, v, worst(uses.map((one) => fateOf(f, v, one, new Set()))));
    else forgetCalled(f.w, v, seen);
  }
}

/** Functions that may be called, nobody knows how often: what they change of the names around them. */
export function forgetCalled(w: World, v: Value, seen = new Set<Value>()): void {
  if (seen.has(v)) return;
  seen.add(v);
  if (is(v, "partial")) for (const held of heldBy(v)) forgetCalled(w, held, seen);
  if (is(v, "method", "partial")) forgetAll(w, v);
  if (!is(v, "function")) return;
  const names = outerNames(v.def);
  const inside: Frame = { w, locals: new Map(), outer: v.scope, elsewhere: new Map() };
  forgetUsed(inside, names, seen);
  for (const shared of names.scopes) redirect(inside, shared);
  for (const name of names.set) w.bind({ kind: "name", name, offset: w.now.offset }, opaque(w), inside);
}
type Def = Extract<FunctionValue, { kind: "function" }>;

function suffer(w: World, v: Value, fate: Fate): void {
  if (fate === "changed") forget(w, v);
  else if (fate === "kept") forgetAll(w, v);
  else if (fate === "parts") for (const held of heldBy(v)) forgetAll(w, held);
}

function fateOf(f: Frame, v: Value, use: Use, seen: Set<Parameter>): Fate {
  if (use.kind === "changed") return use.inside ? "parts" : "changed";
  if (use.kind === "passed") return fateOfArgument(f, use, seen);
  if (use.kind !== "asked") return use.kind;
  return is(v, "namespace") ? "kept" : fateOf(f, v, use.then, seen);
}

/** Functions of Python that keep nothing of what they are given. */
const forgetful = new Set(
  "len print range str int float bool sum isinstance type repr format abs round any all id hash open".split(
    " ",
  ),
);
/** Functions of its library that change the list they are given. */
const changers = /^(heapq\.heap|bisect\.insort)/;

function fateOfArgument(f: Frame, { to, path, key }: Passed, seen: Set<Parameter>): Fate {
  if (to === undefined || mutating.has(path.split(".").at(-1)!)) return "kept";
  const callee = find(f, to);
  if (callee === undefined) return path !== "" || forgetful.has(to) ? "looked" : "parts";
  if (is(callee, "module")) return changes(join(callee.path, path)) ? "kept" : "looked";
  if (is(callee, "opaque")) return isOwnCode(callee) ? "kept" : "looked";
  if (is(callee, "function")) return fateOfParameter(f.w, callee, key, seen);
  if (is(callee, "method")) return mutating.has(callee.name) ? "kept" : "looked";
  return is(callee, "namespace", "partial") ? "kept" : "looked";
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(".");
const changes = (path: string): boolean => changers.test(path) || /\.shuffle$/.test(path);

function fateOfParameter(w: World, fn: Def, key: Passed["key"], seen: Set<Parameter>): Fate {
  const parameter = fn.def.parameters.find((p, i) => (typeof key === "string" ? p.name === key : i === key));
  if (parameter === undefined || parameter.star !== undefined) return "kept";
  if (seen.has(parameter)) return "looked";
  seen.add(parameter);
  const inside: Frame = { w, locals: new Map(), outer: fn.scope };
  const { uses, set } = namesIn(fn.def.body);
  const own = new Set([...set, ...fn.def.parameters.map(({ name }) => name)]);
  const fate = (use: Use): Fate =>
    use.kind === "passed" && use.path === "" && own.has(use.to ?? "")
      ? "kept"
      : fateOf(inside, { kind: "list", items: [] }, use, seen);
  return worst((uses.get(parameter.name) ?? []).map(fate));
}

/** Whether it stands for a function or class of the snippet whose code is not read. */
export const isOwnCode = ({ text }: OpaqueValue): boolean => /^(class|def|async|@)/.test(text);

/** Whether a value is unknown, or holds one that is. The value can be walked through. */
export function holdsUnknown(v: Value): boolean {
  if (is(v, "opaque", "data")) return true;
  if (is(v, "list", "tuple")) return v.items.some(holdsUnknown);
  return is(v, "dict") && [...v.entries.values()].some(holdsUnknown);
}
