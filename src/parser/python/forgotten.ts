import type { Expr, Parameter, Statement } from "./ast.ts";
import { find, type Frame } from "./expressions.ts";
import { redirect } from "./functions.ts";
import { spoil } from "./data.ts";
import { numbersOf } from "./known-arrays.ts";
import { forgetNames } from "./global-names.ts";
import {
  ALL_NAMES,
  mutating,
  type Names,
  namesIn,
  outerNames,
  type Passed,
  spendLook,
  type Use,
} from "./uses.ts";
import { type FunctionValue, is, listOf, type OpaqueValue, type Value } from "./values.ts";
import { opaque, spendSize, type World } from "./world.ts";

/** From here on nobody knows what a list, dict or object holds: lines that are not run change it. */
export function forget(w: World, v: Value): void {
  if (v === w.names) forgetNames(w);
  else if (is(v, "list", "dict", "namespace", "parser"))
    for (const one of [v, w.twins.get(v) ?? v]) w.forgotten.set(one, opaque(w));
  else if (is(v, "data") && numbersOf(w, v)) spoil(w, v);
}

/** Forgets it and all that it holds. */
export function forgetAll(w: World, v: Value, seen = new Set<Value>()): void {
  if (seen.has(v)) return;
  seen.add(v);
  const parts = objectsIn(w, v);
  forget(w, v);
  for (const held of parts) forgetAll(w, held, seen);
}

/** What it holds that can be changed, or called; to look through many is work. */
function objectsIn(w: World, v: Value): readonly Value[] {
  const all = heldBy(v);
  spendSize(w, Math.ceil(all.length / 20), w.now.offset);
  return all.filter((one) => typeof one === "object" && one !== null);
}

function heldBy(v: Value): readonly Value[] {
  if (is(v, "list", "tuple")) return v.items;
  if (is(v, "dict")) return [...v.entries.values()];
  if (is(v, "namespace"))
    return [...v.values.values(), ...[v.of, v.own?.base].filter((cls) => cls !== undefined)];
  if (is(v, "partial"))
    return [v.fn, ...[...v.args.positional, ...v.args.keyword.values()].map(({ value }) => value)];
  return is(v, "method") ? [v.self] : [];
}

/** The value, or that it is not known any more. */
export const remembered = (w: World, v: Value): Value =>
  w.forgotten.size > 0 ? (w.forgotten.get(v) ?? v) : v;

/** What code that is not run does to a value: changes it, changes what it holds, or both. */
type Fate = "changed" | "parts" | "all";

/** Forgets what code may change in place that is not run; the values of expressions become what `use` says. */
export function forgetChanged(
  f: Frame,
  statements: readonly Statement[],
  expressions: readonly Expr[] = [],
  use?: Use,
): void {
  spendLook(f.w, statements);
  forgetUsed(f, namesIn(statements, expressions, use), new Set());
}

function forgetUsed(f: Frame, names: Names, seen: Set<Value>): void {
  for (const [name, uses] of names.uses) {
    const v = name === ALL_NAMES ? f.w.names : find(f, name);
    if (v === undefined) continue;
    forgetCalled(f.w, v, seen);
    sufferUses(f, v, uses);
  }
}

function sufferUses(f: Frame, v: Value, uses: readonly Use[]): void {
  if (!is(v, "list", "dict", "namespace", "parser", "tuple", "data")) return;
  for (const fate of new Set(uses.flatMap((use) => fatesOf(f, v, use, new Set())))) suffer(f.w, v, fate);
}

/** Functions that may be called, nobody knows how often: what they change of the names around them. */
export function forgetCalled(w: World, v: Value, seen = new Set<Value>()): void {
  if (seen.has(v)) return;
  seen.add(v);
  if (!is(v, "method")) for (const held of objectsIn(w, v)) forgetCalled(w, held, seen);
  if (is(v, "partial") && is(v.fn, "function") && v.fn.owner)
    return forgetBound(w, v.fn, v.args.positional[0].value, seen);
  if (is(v, "method", "partial")) forgetAll(w, v);
  if (is(v, "namespace") && v.own)
    for (const held of v.values.values()) if (is(held, "list", "dict")) forgetAll(w, held);
  if (!is(v, "function")) return;
  spendLook(w, v.def.body);
  const names = outerNames(v.def);
  const inside: Frame = { w, locals: new Map(), outer: v.scope, elsewhere: new Map() };
  for (const shared of names.scopes) redirect(inside, shared);
  forgetUsed(inside, names, seen);
  if (v.defaults.size > 0) {
    const { uses } = namesIn(v.def.body);
    for (const [name, value] of v.defaults) sufferUses(inside, value, uses.get(name) ?? []);
  }
  for (const name of names.set) w.bind({ kind: "name", name, offset: w.now.offset }, opaque(w), inside);
}
/** A method that may be called: what it changes of its object, too. */
function forgetBound(w: World, fn: Def, self: Value, seen: Set<Value>): void {
  forgetCalled(w, fn, seen);
  const inside: Frame = { w, locals: new Map(), outer: fn.scope };
  const uses = fn.def.parameters.length > 0 && namesIn(fn.def.body).uses.get(fn.def.parameters[0].name);
  if (uses) sufferUses(inside, self, uses);
}
type Def = Extract<FunctionValue, { kind: "function" }>;

function suffer(w: World, v: Value, fate: Fate): void {
  if (fate === "changed") forget(w, v);
  else if (fate === "all") forgetAll(w, v);
  else for (const held of objectsIn(w, v)) forgetAll(w, held);
}

function fatesOf(f: Frame, v: Value, use: Use, seen: Set<Parameter>): readonly Fate[] {
  if (use.kind === "changed") return [use.inside ? "parts" : "changed"];
  if (use.kind === "passed") return fatesOfArgument(f, use, seen);
  if (use.kind === "asked") return is(v, "namespace", "parser") ? ["all"] : fatesOf(f, v, use.then, seen);
  return use.kind === "looked" ? [] : [use.kind === "kept" ? "all" : "parts"];
}

/** Functions of Python that keep nothing of what they are given. */
const forgetful = new Set(
  "len print range str int float bool sum isinstance type repr format abs round any all id hash open".split(
    " ",
  ),
);
/** Functions of its library that change the list they are given. */
const changers = /^(heapq\.heap|bisect\.insort)/;

function fatesOfArgument(f: Frame, passed: Passed, seen: Set<Parameter>): readonly Fate[] {
  const fates = fatesOfPassed(f, passed, seen);
  return passed.within && fates.length > 0 ? ["all"] : fates;
}

function fatesOfPassed(f: Frame, { to, path, key }: Passed, seen: Set<Parameter>): readonly Fate[] {
  if (to === undefined || mutating.has(path.split(".").at(-1)!)) return ["all"];
  const callee = find(f, to);
  if (callee === undefined && /^(set|del)attr$/.test(to)) return ["all"];
  if (callee === undefined) return path !== "" || forgetful.has(to) ? [] : ["parts"];
  if (is(callee, "function")) return fatesOfParameter(f.w, callee, key, seen);
  const keeps =
    (is(callee, "module") && changes(join(callee.path, path))) ||
    (is(callee, "opaque") && isOwnCode(callee)) ||
    (is(callee, "method") && mutating.has(callee.name)) ||
    is(callee, "namespace", "partial");
  return keeps ? ["all"] : [];
}

const join = (...parts: readonly string[]): string => parts.filter((part) => part !== "").join(".");
const changes = (path: string): boolean => changers.test(path) || /\.shuffle$/.test(path);

function fatesOfParameter(w: World, fn: Def, key: Passed["key"], seen: Set<Parameter>): readonly Fate[] {
  const parameter = fn.def.parameters.find((p, i) => (typeof key === "string" ? p.name === key : i === key));
  if (parameter === undefined || parameter.star !== undefined) return ["all"];
  if (seen.has(parameter)) return [];
  seen.add(parameter);
  const inside: Frame = { w, locals: new Map(), outer: fn.scope };
  spendLook(w, fn.def.body);
  const { uses, set } = namesIn(fn.def.body);
  const own = new Set([...set, ...fn.def.parameters.map(({ name }) => name)]);
  return (uses.get(parameter.name) ?? []).flatMap((use) =>
    use.kind === "passed" && use.path === "" && own.has(use.to ?? "")
      ? ["all"]
      : fatesOf(inside, listOf([]), use, seen),
  );
}

/** Whether it stands for a function or class of the snippet whose code is not read. */
export const isOwnCode = ({ text }: OpaqueValue): boolean => /^(class|def|async|@)/.test(text);

/** Whether a value is unknown, or holds one that is. The value can be walked through. */
export function holdsUnknown(v: Value): boolean {
  if (is(v, "opaque", "data") || (is(v, "namespace") && v.of)) return true;
  if (is(v, "list", "tuple")) return v.items.some(holdsUnknown);
  return is(v, "dict") && [...v.entries.values()].some(holdsUnknown);
}
