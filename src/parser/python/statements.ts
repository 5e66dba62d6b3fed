import { ModelError } from "../../diagnostics.ts";
import type { Args } from "./arguments.ts";
import type { Expr, Statement, StatementOf } from "./ast.ts";
import { setAttribute } from "./attributes.ts";
import { iterate } from "./builtins.ts";
import { Broken } from "./collect.ts";
import { position } from "./containers.ts";
import { spoil, given } from "./data.ts";
import { evaluate, type Frame, holds, infix, keyOf } from "./expressions.ts";
import { importModules, importNames } from "./imports.ts";
import { MAX_PROBLEMS } from "./layout.ts";
import { unusable } from "./plain.ts";
import { describe, type FunctionValue, is, listOf, tuple, type Value } from "./values.ts";
import { fail, note, opaque, spendIteration, statementText, type World } from "./world.ts";

/** How a block ended, where not at its end. */
type Leave =
  { readonly kind: "return"; readonly value: Value } | { readonly kind: "break" | "continue" } | undefined;
const MAX_CALLS = 100;

/** Runs the statements of the snippet one by one; what one gets wrong is collected, the next ones go on. */
export function execute(w: World, statements: readonly Statement[]): void {
  for (const statement of statements) {
    if (w.problems.length >= MAX_PROBLEMS) return;
    try {
      if (run({ w }, statement))
        fail(
          w,
          statement.offset,
          "python-syntax",
          "This statement has no meaning outside of a function or loop.",
        );
    } catch (error) {
      if (error instanceof ModelError) w.problems.push(...error.errors);
      else if (!(error instanceof Broken)) throw error;
      for (const name of assigned(statement)) w.globals.set(name, { kind: "broken" });
    }
  }
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
  return s.kind === "augment" || s.kind === "annotate" ? names(s.target) : [];
}

function block(f: Frame, body: readonly Statement[]): Leave {
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
    case "for":
      return loop(f, s);
    case "if":
      return branch(f, s);
    case "def":
      set(f, s.name, define(f, s));
      return undefined;
    case "return":
      return { kind: "return", value: s.value ? evaluate(f, s.value) : null };
    case "import":
      importModules(w, s, (name, v) => set(f, name, v));
      return undefined;
    case "from":
      importNames(w, s, (name, v) => set(f, name, v));
      return undefined;
    case "delete":
      for (const target of s.targets) if (target.kind === "name") w.globals.delete(target.name);
      return undefined;
    case "break":
    case "continue":
      return { kind: s.kind };
    case "pass":
      return undefined;
  }
}

function set({ w, locals }: Frame, name: string, v: Value): void {
  (locals ?? w.globals).set(name, v);
}

/** An expression for its effect. What was looked at, plotted or printed is noted as not run. */
function alone(f: Frame, e: Expr): undefined {
  const runs = f.w.actions.length;
  const notes = f.w.notes.length;
  const v = evaluate(f, e);
  if (is(v, "free")) unusable(f.w, v, e.offset);
  const silent = f.w.actions.length === runs && f.w.notes.length === notes;
  if (is(v, "opaque") && silent) note(f.w, f.w.now.offset, `Not run: ${statementText(f.w)}`);
  return undefined;
}

function assign(f: Frame, s: StatementOf<"assign">): undefined {
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
  if (is(owner, "data", "free")) return void spoil(w, is(owner, "free") ? given(w, owner) : owner);
  const index = evaluate(f, last.index);
  if (is(owner, "list")) owner.items[position(w, owner.items.length, index, last.offset)] = v;
  else if (is(owner, "dict")) owner.entries.set(keyOf(w, index, last.offset), v);
  else fail(w, last.offset, "python-index", `Python cannot set an item of ${describe(owner)}.`);
}

function augment(f: Frame, { target, op, value, offset }: StatementOf<"augment">): undefined {
  const left = evaluate(f, target);
  const right = evaluate(f, value);
  if (op === "+" && is(left, "list"))
    left.items.push(...(iterate(f.w, right, offset) ?? unusable(f.w, right, offset)));
  else {
    const made = infix(f.w, op, left, right, offset, is(left, "data", "free"));
    if (target.kind === "name" || !is(made, "data")) bind(f, target, made);
  }
  return undefined;
}

function loop(f: Frame, s: StatementOf<"for">): Leave {
  const over = evaluate(f, s.over);
  const items = iterate(f.w, over, s.over.offset);
  if (items === undefined) return skipped(f, s, over);
  for (const item of items) {
    spendIteration(f.w, s.offset);
    bind(f, s.target, item);
    const leave = block(f, s.body);
    if (leave?.kind === "break") return undefined;
    if (leave?.kind === "return") return leave;
  }
  return block(f, s.otherwise);
}

/** A loop over data or unknown values is passed over when nothing in it touches the models; else it is refused. */
function skipped(f: Frame, s: StatementOf<"for">, over: Value): undefined {
  const inert = (st: Statement): boolean =>
    st.kind === "expression" &&
    st.value.kind === "postfix" &&
    st.value.base.kind === "name" &&
    ["plt", "print", "ax"].includes(st.value.base.name);
  if (!s.body.every(inert)) unusable(f.w, over, s.over.offset);
  note(f.w, s.offset, `Not run: ${statementText(f.w)}`);
  return undefined;
}

function branch(f: Frame, s: StatementOf<"if">): Leave {
  for (const { test, body } of s.branches) if (holds(f, test, test.offset)) return block(f, body);
  return block(f, s.otherwise);
}

function define(f: Frame, def: StatementOf<"def">): FunctionValue {
  const defaults = def.parameters.flatMap((p) =>
    p.default ? [[p.name, evaluate(f, p.default)] as const] : [],
  );
  return { kind: "function", def, defaults: new Map(defaults) };
}

/** Calls a `def`: arguments bound, body run, its value returned. */
export function callFunction(w: World, fn: Extract<FunctionValue, { kind: "function" }>, args: Args): Value {
  if (++w.meter.calls > MAX_CALLS)
    fail(w, args.offset, "python-recursion", `The function ${fn.def.name} calls itself too deeply.`);
  const now = { ...w.now };
  const leave = block({ w, locals: parameters(w, fn, args) }, fn.def.body);
  Object.assign(w.now, now);
  w.meter.calls--;
  return leave?.kind === "return" ? leave.value : null;
}

function parameters(
  w: World,
  { def, defaults }: Extract<FunctionValue, { kind: "function" }>,
  args: Args,
): Map<string, Value> {
  const locals = new Map(defaults);
  const plainOnes = def.parameters.filter((p) => p.star === undefined);
  const starAt = def.parameters.findIndex((p) => p.star === "*");
  const places = starAt < 0 ? plainOnes.length : def.parameters.slice(0, starAt).length;
  const rest = def.parameters.find((p) => p.star === "*" && p.name !== "");
  const more = def.parameters.find((p) => p.star === "**");
  args.positional.forEach(({ value, offset }, i) => {
    if (i < places) locals.set(plainOnes[i].name, value);
    else if (!rest)
      fail(w, offset, "python-arguments", `${def.name} takes ${places} arguments by position.`, {
        received: `${args.positional.length}`,
      });
  });
  if (rest) locals.set(rest.name, tuple(args.positional.slice(places).map((g) => g.value)));
  const extra = new Map<string, Value>();
  for (const [name, { value, offset }] of args.keyword) {
    if (plainOnes.some((p) => p.name === name)) locals.set(name, value);
    else if (more) extra.set(name, value);
    else
      fail(w, offset, "python-arguments", `${def.name} has no argument ${name}.`, {
        expected: plainOnes.map((p) => p.name).join(", "),
      });
  }
  if (more) locals.set(more.name, { kind: "dict", entries: new Map(extra) });
  const missing = plainOnes.find((p) => !locals.has(p.name));
  if (missing) fail(w, args.offset, "python-arguments", `${def.name} needs the argument ${missing.name}.`);
  return locals;
}
