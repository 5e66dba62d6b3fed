import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import type { Expr, Statement, StatementOf, Trailer } from "./ast.ts";
import { setAttribute } from "./attributes.ts";
import { AT_MOST, NESTED_TOO_DEEPLY } from "./brackets.ts";
import { iterate } from "./builtins.ts";
import { Broken } from "./collect.ts";
import { keyOf, position, setSlice } from "./containers.ts";
import { spoil, given } from "./data.ts";
import { evaluate, type Frame, infix, lookup } from "./expressions.ts";
import { forget, forgetChanged } from "./forgotten.ts";
import { branch, check, context, type Leave, loop, repeat, type Runner } from "./flow.ts";
import { exceptionOf, raise } from "./raised.ts";
import { attempt } from "./tries.ts";
import { defineClass } from "./define-class.ts";
import { define, redirect } from "./functions.ts";
import { importModules, importNames } from "./imports.ts";
import { MAX_PROBLEMS } from "./layout.ts";
import { capturesOf } from "./captures.ts";
import { isMagicCall } from "./magics.ts";
import { choose } from "./match.ts";
import { bySpecial } from "./own-operators.ts";
import { isLibrary } from "./names.ts";
import { unusable } from "./plain.ts";
import { describe, is, listOf, type ListValue, type SliceValue, type Value } from "./values.ts";
import { fail, isSpent, note, opaque, statementText, where, type World } from "./world.ts";

const runner: Runner = { block, bind };

/** Runs the statements of the snippet one by one; what one gets wrong is collected, the next ones go on. */
export function execute(w: World, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (w.problems.length >= MAX_PROBLEMS || isSpent(w)) return;
    try {
      const leave = run({ w }, statement);
      if (leave) outside(w, leave, statement.offset);
    } catch (error) {
      if (error instanceof ModelError) w.problems.push(...error.errors);
      else if (error instanceof RangeError) w.problems.push(tooDeep(w, statement.offset));
      else if (!(error instanceof Broken)) throw error;
      forgetChanged({ w }, [statement]);
      for (const name of assigned(statement))
        if (!w.defined.has(name)) w.globals.set(name, { kind: "broken" });
    }
  }
}

/** What nests so deeply that the stack does not hold it is too deep for Python as well. */
const tooDeep = (w: World, offset: number): Diagnostic => ({
  code: "python-nesting",
  message: NESTED_TOO_DEEPLY,
  at: where(w, offset),
  expected: AT_MOST,
});

function outside(w: World, { kind }: NonNullable<Leave>, offset: number): never {
  const home = kind === "return" ? "a function" : "a loop";
  return fail(w, offset, "python-syntax", `\`${kind}\` stands outside of ${home}.`);
}

/** Names that a statement would have set. */
function assigned(s: Statement): string[] {
  const names = (e: Expr): string[] =>
    e.kind === "name" ? [e.name] : e.kind === "tuple" || e.kind === "list" ? e.items.flatMap(names) : [];
  if (s.kind === "assign") return s.targets.flatMap(names);
  if (s.kind === "for") return [...names(s.target), ...s.body.flatMap(assigned)];
  if (s.kind === "if") return [...s.branches.flatMap((b) => b.body), ...s.otherwise].flatMap(assigned);
  if (s.kind === "import") return s.names.map((n) => n.as ?? n.name.split(".")[0]);
  if (s.kind === "from") return s.names === "*" ? [] : s.names.map((n) => n.as ?? n.name);
  if (s.kind === "while" || s.kind === "with") return s.body.flatMap(assigned);
  if (s.kind === "match")
    return s.cases.flatMap(({ pattern, body }) => [...capturesOf(pattern), ...body.flatMap(assigned)]);
  if (s.kind === "try")
    return [...s.body, ...s.handlers.flatMap((one) => one.body), ...s.otherwise, ...s.last].flatMap(assigned);
  if (s.kind === "def" || s.kind === "class") return [s.name];
  return s.kind === "augment" || s.kind === "annotate" ? names(s.target) : [];
}

export function block(f: Frame, body: readonly Statement[]): Leave {
  for (const statement of body) {
    const leave = run(f, statement);
    if (leave) return leave;
  }
  return undefined;
}

function run(f: Frame, s: Statement): Leave {
  const { w } = f;
  w.now.offset = s.offset;
  w.now.end = s.end;
  switch (s.kind) {
    case "expression":
      return alone(f, s.value);
    case "assign":
      return assign(f, s);
    case "annotate":
      if (s.value) bind(f, s.target, evaluate(f, s.value));
      return undefined;
    case "augment":
      return augment(f, s);
    case "def":
      set(f, s.name, define(f, s));
      return undefined;
    case "class":
      set(f, s.name, defineClass(f, s));
      return undefined;
    case "return":
      return { kind: "return", value: s.value ? evaluate(f, s.value) : null };
    case "break":
    case "continue":
      return { kind: s.kind };
    case "import":
    case "from":
    case "delete":
    case "scope":
      return names(f, s);
    case "pass":
      return undefined;
    default:
      return compound(f, s);
  }
}

/** Statements about names alone. */
function names(f: Frame, s: StatementOf<"import" | "from" | "delete" | "scope">): undefined {
  if (s.kind === "import") importModules(f.w, s, (name, v) => set(f, name, v));
  else if (s.kind === "from") importNames(f.w, s, (name, v) => set(f, name, v));
  else if (s.kind === "delete") for (const target of s.targets) remove(f, target);
  else redirect(f, s);
}

/** Statements with blocks, and those that end one. */
function compound(
  f: Frame,
  s: StatementOf<"for" | "while" | "if" | "with" | "try" | "match" | "assert" | "raise" | "yield">,
): Leave {
  switch (s.kind) {
    case "for":
      return loop(f, s, runner);
    case "while":
      return repeat(f, s, runner);
    case "if":
      return branch(f, s, runner);
    case "with":
      return context(f, s, runner);
    case "try":
      return attempt(f, s, runner);
    case "match":
      return choose(f, s, runner);
    case "assert":
      return check(f, s);
    case "raise":
      return stop(f.w, s);
    case "yield":
      return { kind: "return", value: opaque(f.w) };
  }
}

/** `raise`, where it is reached. */
function stop(w: World, { offset, value }: StatementOf<"raise">): never {
  const exception = exceptionOf(value);
  const message = `The snippet stops here: ${statementText(w)}`;
  if (exception === undefined) return fail(w, offset, "python-value", message);
  return raise(w, exception, offset, "python-value", message);
}

function set(f: Frame, name: string, v: Value): void {
  const scope = f.elsewhere?.get(name) ?? f.locals ?? f.w.globals;
  if (scope !== f.w.globals || !f.w.defined.has(name)) scope.set(name, v);
}

function remove(f: Frame, target: Expr): void {
  if (target.kind === "name") (f.elsewhere?.get(target.name) ?? f.locals ?? f.w.globals).delete(target.name);
  if (target.kind !== "postfix" || target.trailers.at(-1)!.kind !== "index") return;
  const { w } = f;
  const last = target.trailers.at(-1) as Extract<Trailer, { kind: "index" }>;
  const owner = evaluate(f, { ...target, trailers: target.trailers.slice(0, -1) });
  const index = evaluate(f, last.index);
  if (is(index, "opaque", "data")) forget(w, owner);
  else if (is(owner, "dict")) owner.entries.delete(keyOf(w, index, last.offset));
  else if (is(owner, "list")) owner.items.splice(position(w, owner.items.length, index, last.offset), 1);
}

/** An expression for its effect. What was looked at, plotted or printed is noted as not run. */
function alone(f: Frame, e: Expr): undefined {
  const runs = f.w.actions.length;
  const notes = f.w.notes.length;
  refuseTwins(f, e);
  const v = evaluate(f, e);
  if (is(v, "free")) unusable(f.w, v, e.offset);
  const silent = f.w.actions.length === runs && f.w.notes.length === notes;
  const text = statementText(f.w);
  if (is(v, "opaque") && silent && !isMagicCall(text)) note(f.w, f.w.now.offset, `Not run: ${text}`);
  return undefined;
}

/** `model == …` of a name that has no value yet. */
function refuseTwins(f: Frame, e: Expr): void {
  if (e.kind !== "compare" || e.first.kind !== "name" || e.rest[0].op !== "==") return;
  const v = lookup(f, e.first.name, e.offset);
  if (is(v, "free"))
    fail(f.w, e.rest[0].offset, "python-name", `The name ${v.name} is not defined.`, {
      hint: "Is `=` meant?",
    });
}

function assign(f: Frame, s: StatementOf<"assign">): undefined {
  if (!f.locals && s.targets.every((target) => target.kind === "name" && f.w.defined.has(target.name)))
    return;
  const runs = f.w.actions.length;
  const notes = f.w.notes.length;
  const v = evaluate(f, s.value);
  if (
    is(v, "opaque") &&
    v.line === f.w.locate(s.offset).line &&
    f.w.actions.length === runs &&
    f.w.notes.length === notes
  ) {
    note(f.w, s.offset, `Not run: ${statementText(f.w)}`);
  }
  for (const target of s.targets) bind(f, target, v);
  return undefined;
}

/** Gives a value to names, elements and attributes. */
export function bind(f: Frame, target: Expr, v: Value): void {
  if (target.kind === "name") return set(f, target.name, v);
  if (target.kind === "tuple" || target.kind === "list") return unpack(f, target.items, v, target.offset);
  if (target.kind === "postfix") return place(f, target, v);
  fail(f.w, target.offset, "python-syntax", "Python cannot assign to this.");
}

function unpack(f: Frame, targets: readonly Expr[], v: Value, offset: number): void {
  const items = iterate(f.w, v, offset);
  if (items === undefined) {
    if (is(v, "free")) unusable(f.w, v, offset);
    for (const target of targets) bind(f, target.kind === "star" ? target.value : target, opaque(f.w));
    return;
  }
  const star = targets.findIndex((target) => target.kind === "star");
  const fits = star < 0 ? items.length === targets.length : items.length >= targets.length - 1;
  if (!fits)
    fail(f.w, offset, "python-unpack", "The number of values does not fit the names.", {
      expected: `${targets.length} values`,
      received: `${items.length}`,
    });
  const extra = items.length - targets.length + 1;
  targets.forEach((target, i) => {
    if (target.kind === "star") bind(f, target.value, listOf(items.slice(i, i + extra)));
    else bind(f, target, items[star >= 0 && i > star ? i + extra - 1 : i]);
  });
}

/** `a.b = v` and `a[i] = v`. */
function place(f: Frame, target: Extract<Expr, { kind: "postfix" }>, v: Value): void {
  const { w } = f;
  const last = target.trailers.at(-1)!;
  const rest = target.trailers.slice(0, -1);
  const owner = evaluate(f, rest.length > 0 ? { ...target, trailers: rest } : target.base);
  if (last.kind === "attribute") return setAttribute(w, owner, last.name, v, last.offset);
  if (last.kind === "call") fail(w, last.offset, "python-syntax", "Python cannot assign to a call.");
  if (is(owner, "opaque")) return;
  if (isLibrary(owner)) return note(w, w.now.offset, `Not run: ${statementText(w)}`);
  if (is(owner, "data", "free")) return void spoil(w, is(owner, "free") ? given(w, owner) : owner);
  const index = evaluate(f, last.index);
  if (is(index, "opaque", "data")) return forget(w, owner);
  if (owner === w.names && typeof index === "string") return set({ w }, index, v);
  if (is(owner, "list") && is(index, "slice")) return placeSlice(w, owner, index, v, last.offset);
  if (is(owner, "list")) owner.items[position(w, owner.items.length, index, last.offset)] = v;
  else if (is(owner, "dict")) owner.entries.set(keyOf(w, index, last.offset), v);
  else if (bySpecial(w, owner, "__setitem__", [index, v], last.offset) === undefined)
    fail(w, last.offset, "python-index", `Python cannot set an item of ${describe(owner)}.`);
}

function placeSlice(w: World, owner: ListValue, slice: SliceValue, v: Value, offset: number): void {
  if (is(v, "free")) unusable(w, v, offset);
  const values = iterate(w, v, offset);
  if (values) setSlice(w, owner, slice, values, offset);
  else forget(w, owner);
}

function augment(f: Frame, { target, op, value, offset }: StatementOf<"augment">): undefined {
  const left = evaluate(f, target);
  const right = evaluate(f, value);
  if (op === "+" && is(left, "list")) {
    const items = iterate(f.w, right, offset);
    if (is(right, "free")) unusable(f.w, right, offset);
    if (items) left.items.push(...items);
    else forget(f.w, left);
  } else {
    const made = infix(f.w, op, left, right, offset, is(left, "data", "free", "namespace"));
    if (target.kind === "name" || !is(made, "data")) bind(f, target, made);
  }
  return undefined;
}
