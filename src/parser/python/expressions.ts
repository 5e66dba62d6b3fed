import type { Expr, Link, Parameter, Trailer } from "./ast.ts";
import { bySpecial, ownComparison, ownInfix } from "./own-operators.ts";
import { superOf } from "./classes.ts";
import { attribute, callValue } from "./attributes.ts";
import { builtinNames } from "./builtins.ts";
import { argumentsOf } from "./call-arguments.ts";
import { Broken, each, report } from "./collect.ts";
import { subscript } from "./containers.ts";
import { arrayArithmetic, given, indexArray, unknownArray } from "./data.ts";
import { display, fstring } from "./displays.ts";
import { forgetChanged, holdsUnknown, remembered } from "./forgotten.ts";
import { starred } from "./imports.ts";
import { IPYTHON } from "./magics.ts";
import { isNamesOf, nameOf, namesOf } from "./global-names.ts";
import { pythonNumber, writtenNumber } from "./known-arrays.ts";
import { isKeras, isLibrary } from "./names.ts";
import { onlyLooks } from "./numpy.ts";
import { compare, holds, operate, unary } from "./operators.ts";
import { dictOf } from "./objects-of-values.ts";
import { derived, partOf, unusable } from "./plain.ts";
import { spelling } from "./spelling.ts";
import {
  describe,
  type FunctionValue,
  is,
  isNumber,
  type OpaqueValue,
  type Scope,
  type Value,
} from "./values.ts";
import { touchesModels } from "./pass-over.ts";
import { tensorIndex, tensorInfix, tensorPrefix } from "./tensor-operations.ts";
import { fail, opaque, spend, walkable, where, type World } from "./world.ts";

/** What an expression is evaluated in. */
export interface Frame extends Scope {
  readonly w: World;
}
/** The value of an expression. */
export const evaluate = (f: Frame, e: Expr): Value => remembered(f.w, valueOf(f, e));

function valueOf(f: Frame, e: Expr): Value {
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
      return fstring(f, e);
    case "lambda":
      return lambda(f, e);
    case "walrus":
      return named(f, e);
    case "foreign":
      return opaque(w);
    default:
      return display(f, e);
  }
}

type Of<K extends Expr["kind"]> = Extract<Expr, { readonly kind: K }>;

function lambda(f: Frame, { parameters, body, offset }: Of<"lambda">): FunctionValue {
  const answer = { kind: "return", value: body, offset, end: offset } as const;
  return functionOf(f, { name: "lambda", parameters, body: [answer] });
}

/** A function with its defaults, which Python computes where it is defined. */
export function functionOf(
  f: Frame,
  def: Extract<FunctionValue, { kind: "function" }>["def"],
): Extract<FunctionValue, { kind: "function" }> {
  refuseBehindDefaults(f.w, def.parameters);
  const defaults = def.parameters.flatMap((p) =>
    p.default ? [[p.name, evaluate(f, p.default)] as const] : [],
  );
  return { kind: "function", def, defaults: new Map(defaults), scope: f };
}

/** By position, what has a default comes last. */
function refuseBehindDefaults(w: World, parameters: readonly Parameter[]): void {
  const star = parameters.findIndex((p) => p.star !== undefined);
  const placed = star < 0 ? parameters : parameters.slice(0, star);
  const first = placed.findIndex((p) => p.default);
  const late = first < 0 ? undefined : placed.slice(first).find((p) => !p.default);
  if (late)
    fail(
      w,
      late.offset,
      "python-syntax",
      `The argument ${late.name} has no default, but one before it has.`,
      { hint: "Arguments without a default come first." },
    );
}

function named(f: Frame, { name, value }: Of<"walrus">): Value {
  const v = evaluate(f, value);
  let scope: Scope = f;
  while (scope.passing && scope.outer) scope = scope.outer;
  (scope.elsewhere?.get(name) ?? scope.locals ?? f.w.globals).set(name, v);
  return v;
}

/** The value of a name, if anything gave it one. */
export function find(f: Frame, name: string): Value | undefined {
  let start: Scope = f;
  while (start.passing && start.outer) start = start.outer;
  for (let scope: Scope | undefined = f; scope; scope = scope.outer) {
    if (scope.ofClass && scope !== start) continue;
    const found = (scope.elsewhere?.get(name) ?? scope.locals)?.get(name);
    if (found !== undefined) return found;
  }
  return f.w.globals.get(name);
}

/** The value of a name; one that nobody gave a value is free. */
export function lookup(f: Frame, name: string, offset: number): Value {
  const { w } = f;
  const v = find(f, name);
  if (v !== undefined) {
    if (is(v, "broken")) throw new Broken();
    return v;
  }
  if (builtinNames.includes(name)) return { kind: "builtin", name };
  if (name === IPYTHON) return opaque(w);
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
  if (isLibrary(left) || isLibrary(right)) return opaque(w);
  const own = ownInfix(w, op, [left, right], offset, inPlace);
  if (own !== undefined) return own;
  // a hint: int | None
  if (op === "|" && (is(left, "builtin") || is(right, "builtin"))) return opaque(w);
  if (op === "%" && typeof left === "string") right = writtenNumber(w, right);
  if (is(left, "tensor") || is(right, "tensor")) return tensorInfix(w, op, left, right, offset);
  if (is(left, "data") || is(right, "data"))
    return arrayArithmetic(w, op, ...asArrays(w, left, right), inPlace);
  if (is(left, "opaque") || is(right, "opaque")) return madeOfUnknown(w, left, right);
  if (is(left, "free") || is(right, "free")) {
    const [a, b] = [left, right].map((v) => (is(v, "free") ? v : undefined));
    const constant = a === undefined ? left : right;
    const isData =
      (typeof constant === "number" || typeof constant === "bigint" || (a && b)) &&
      ["/", "-", "*", "+"].includes(op);
    if (!isData) unusable(w, left !== null && is(left, "free") ? left : right, offset);
    return arrayArithmetic(w, op, ...asArrays(w, left, right), inPlace);
  }
  // the text of what is not known is not known
  if (op === "%" && holdsUnknown(walkable(w, right, offset))) return opaque(w);
  return operate(w, op, left, right, offset);
}
/** What arithmetic makes of values one of which is unknown: numbers give a number. */
function madeOfUnknown(w: World, left: Value, right: Value): Value {
  const isScalar = (v: Value): boolean => (is(v, "opaque") ? v.scalar === true : isNumber(v));
  const made = derived(w, (is(left, "opaque") ? left : right) as OpaqueValue);
  return isScalar(left) && isScalar(right) ? { ...made, scalar: true } : made;
}
function asArrays(w: World, left: Value, right: Value): [Value, Value] {
  const array = (v: Value): Value => (is(v, "free") ? given(w, v) : v);
  return [array(left), array(right)];
}

function prefix(w: World, op: string, v: Value, offset: number): Value {
  if (is(v, "opaque")) return v;
  if (isLibrary(v)) return opaque(w);
  if (is(v, "data")) return op === "-" ? arrayArithmetic(w, "*", v, -1n, false) : unknownArray(w);
  if (is(v, "free")) return unusable(w, v, offset);
  if (is(v, "tensor") && op !== "not") return tensorPrefix(w, op, v, offset);
  return unary(w, op, v, offset);
}

function comparison(f: Frame, first: Expr, rest: readonly Link[]): Value {
  let left = walkable(f.w, pythonNumber(f.w, evaluate(f, first)), first.offset);
  for (const { op, value, offset } of rest) {
    const right = walkable(f.w, pythonNumber(f.w, evaluate(f, value)), offset);
    if (is(left, "data") || is(right, "data")) return unknownArray(f.w);
    const own = ownComparison(f.w, op, left, right, offset);
    if (own !== undefined) return rest.length === 1 ? own : opaque(f.w);
    if (is(left, "opaque")) return derived(f.w, left);
    if (is(right, "opaque")) return derived(f.w, right);
    if (isLibrary(left) || isLibrary(right)) return opaque(f.w);
    if (is(left, "free")) return unusable(f.w, left, offset);
    if (is(right, "free")) return unusable(f.w, right, offset);
    const isOrder = !["==", "is", "is not", "in", "not in"].includes(op);
    if (isOrder && rest.length === 1 && (is(left, "tensor") || is(right, "tensor")))
      return tensorInfix(f.w, op, left, right, offset);
    if (!op.startsWith("is") && (holdsUnknown(left) || holdsUnknown(right))) return opaque(f.w);
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
  for (const [i, item] of items.entries()) {
    v = evaluate(f, item);
    if (is(v, "opaque", "data") || isLibrary(v)) {
      forgetChanged(f, [], items.slice(i), { kind: "kept" });
      return opaque(f.w);
    }
    if (item === items.at(-1)) return v;
    if (holds(f.w, v, item.offset) !== (op === "and")) return v;
  }
  return v;
}

function choice(f: Frame, { items, tests, offset }: Of<"choice">): Value {
  for (const [i, test] of tests.entries()) {
    const v = evaluate(f, test);
    const holds = known(f, v, offset);
    if (holds === undefined) {
      if (touchesModels(f, [], items.slice(i))) unusable(f.w, v, offset);
      forgetChanged(f, [], tests.slice(i + 1));
      forgetChanged(f, [], items.slice(i), { kind: "kept" });
      return opaque(f.w);
    }
    if (holds) return evaluate(f, items[i]);
  }
  return evaluate(f, items.at(-1)!);
}

/** Truth of a condition; undefined where it is not known. */
export function known({ w }: Frame, v: Value, offset: number): boolean | undefined {
  if (is(v, "free")) unusable(w, v, offset);
  return is(v, "opaque", "data") || isLibrary(v) ? undefined : holds(w, v, offset);
}

function slice(f: Frame, e: Of<"slice">): Value {
  const bound = (part: Expr | undefined): bigint | null | undefined => {
    const v = part === undefined ? null : evaluate(f, part);
    return v === null || typeof v === "bigint"
      ? v
      : is(v, "opaque", "data") || typeof v === "string" // as tables have it
        ? undefined
        : fail(f.w, e.offset, "python-index", "The bounds of a slice are whole numbers.", {
            received: describe(v),
          });
  };
  const [start, stop, step] = [e.start, e.stop, e.step].map(bound);
  if (start === undefined || stop === undefined || step === undefined) return opaque(f.w);
  return { kind: "slice", start, stop, step };
}

/** Where a part of the chain fails, the arguments of the calls behind it are still read for what is wrong in them. */
function postfix(f: Frame, e: Of<"postfix">): Value {
  const { base, trailers } = e;
  let done = definedPart(f, e);
  try {
    let v = done > 0 ? f.w.defined.get(spelling(upTo(e, done))!)! : evaluate(f, base);
    for (const trailer of trailers.slice(done)) {
      done++;
      v = follow(f, v, trailer);
    }
    return is(v, "opaque") && trailers.some((trailer) => trailer.kind === "index") ? spelled(e, v) : v;
  } catch (error) {
    report(f.w, error);
    const behind = trailers.slice(done).flatMap((trailer) => (trailer.kind === "call" ? trailer.args : []));
    each(f.w, behind, ({ value }) => evaluate(f, value));
    throw new Broken();
  }
}

/** A part of an unknown value is known by how it is written. */
function spelled(e: Of<"postfix">, v: OpaqueValue): OpaqueValue {
  const text = spelling(e);
  return text === undefined ? v : { ...v, spelled: text };
}

const upTo = (e: Of<"postfix">, end: number): Expr => ({ ...e, trailers: e.trailers.slice(0, end) });

/** How many trailers lead to something that was given a value from outside: `x_train.shape[1]`. */
function definedPart({ w }: Frame, e: Of<"postfix">): number {
  if (w.defined.size === 0) return 0;
  for (let end = Math.min(e.trailers.length, 5); end > 0; end--)
    if (w.defined.has(spelling(upTo(e, end)) ?? "")) return end;
  return 0;
}

function follow(f: Frame, v: Value, trailer: Trailer): Value {
  const { w } = f;
  if (trailer.kind === "attribute") return attribute(w, v, trailer.name, trailer.offset);
  if (trailer.kind === "index") return index(f, v, trailer.index, trailer.offset);
  if (is(v, "builtin") && isNamesOf(v.name) && trailer.args.length === 0) return namesOf(w, v.name, f);
  if (is(v, "builtin") && v.name === "vars" && trailer.args.length === 1) {
    const of = evaluate(f, trailer.args[0].value);
    if (is(of, "namespace")) return dictOf(w, of);
    if (is(of, "module") && isKeras(of.path)) return of;
  }
  if (is(v, "builtin") && v.name === "super") return superOf(f, trailer) ?? opaque(w);
  const quiet =
    is(v, "opaque") || (is(v, "builtin") && v.name === "print") || (is(v, "module") && onlyLooks(v.path));
  return callValue(w, v, argumentsOf(f, trailer.args, trailer.offset, quiet));
}

/** Types of which hints say what they hold: `dict[str, list[int]]`. */
const ofItems = /^(list|dict|tuple|set|frozenset|type)$/;

function index(f: Frame, v: Value, e: Expr, offset: number): Value {
  const at = pythonNumber(f.w, evaluate(f, e));
  if (is(v, "data", "free")) {
    const array = is(v, "free") ? given(f.w, v) : v;
    return indexArray(f.w, array, at, offset);
  }
  if (is(v, "opaque") || isLibrary(v)) f.w.risks.calls++;
  if (is(v, "opaque")) return partOf(v);
  if (is(at, "opaque", "data")) return opaque(f.w);
  if (v === f.w.names && typeof at === "string") return nameOf(f.w, at, offset);
  if (is(at, "free")) return unusable(f.w, at, offset);
  if (is(v, "tensor")) return tensorIndex(f.w, v, at, offset);
  const own = bySpecial(f.w, v, "__getitem__", [at], offset);
  if (own !== undefined) return own;
  if (is(v, "builtin") && ofItems.test(v.name)) return v;
  // layers.__dict__["Dense"]
  if (is(v, "module") && isKeras(v.path) && typeof at === "string") return attribute(f.w, v, at, offset);
  return subscript(f.w, v, at, offset);
}
