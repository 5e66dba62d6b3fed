import type { Expr, Parameter, Statement, StatementOf, Trailer } from "./ast.ts";
import { capturesOf } from "./captures.ts";
import { isNamesOf } from "./global-names.ts";
import { spendSize, type World } from "./world.ts";

/** What code does with the value that a name stands for. */
export type Use =
  | { readonly kind: "looked" }
  /** What it holds goes elsewhere or is changed. */
  | { readonly kind: "parts" }
  /** It goes elsewhere as a whole: under another name, into another value. */
  | { readonly kind: "kept" }
  /** It is changed in place, or what it holds is. */
  | { readonly kind: "changed"; readonly inside: boolean }
  /** A method of it is called that is not known to change it; `then` becomes of what it answers. */
  | { readonly kind: "asked"; readonly then: Use }
  | Passed;
/** It is an argument. */
export interface Passed {
  readonly kind: "passed";
  /** What is called: a name and the attributes behind it; no name where it is another value. */
  readonly to?: string;
  readonly path: string;
  /** Place or name of the argument; none behind a star. */
  readonly key?: number | string;
  /** Something that holds it is the argument. */
  readonly within?: true;
}

/** What statements and expressions do with names. */
export interface Names {
  /** With what follows the name: attributes, all in one path ("layers.Dense", "fit"), and "name =" where that is set. */
  readonly used: Map<string, Set<string>>;
  readonly set: Set<string>;
  readonly uses: Map<string, Use[]>;
  /** `global` and `nonlocal`. */
  readonly scopes: StatementOf<"scope">[];
}

/** Methods that leave a list or dict another one. */
export const mutating: ReadonlySet<string> = new Set(
  "append extend insert remove add clear sort reverse pop popitem setdefault update discard appendleft fill resize put itemset partition".split(
    " ",
  ),
);

const LOOKED: Use = { kind: "looked" };
const PARTS: Use = { kind: "parts" };
const KEPT: Use = { kind: "kept" };
const CHANGED: Use = { kind: "changed", inside: false };
const CHANGED_INSIDE: Use = { kind: "changed", inside: true };
/** What becomes of a value when that becomes of one that holds it, or of its parts. */
const inner = (use: Use): Use => (use.kind === "looked" || use.kind === "passed" ? use : PARTS);

/** What becomes of a value when that becomes of a list or dict that is made of it. */
const held = (use: Use): Use =>
  use.kind === "passed" ? { ...use, within: true } : use.kind === "looked" ? use : KEPT;

const none = (): Names => ({ used: new Map(), set: new Set(), uses: new Map(), scopes: [] });

/** Names of statements, and of expressions whose values become what `use` says. */
export function namesIn(
  statements: readonly Statement[],
  expressions: readonly Expr[] = [],
  use = LOOKED,
): Names {
  const found = none();
  block(found, statements);
  for (const e of expressions) expression(found, e, use);
  return found;
}

/** To look through statements is work as long as they are; how much of it a snippet may cause is bounded. */
export function spendLook(w: World, statements: readonly Statement[]): void {
  const [first, last] = [statements[0], statements.at(-1)];
  spendSize(w, Math.ceil((60 + (first && last ? last.end - first.offset : 0)) / 4), w.now.offset);
}

/** Names of a function that are not its own. */
export function outerNames({ parameters, body }: Pick<StatementOf<"def">, "parameters" | "body">): Names {
  const found = namesIn(body);
  const shared = new Set(found.scopes.flatMap(({ names }) => names));
  const own = [...found.set, ...parameters.map(({ name }) => name)].filter((name) => !shared.has(name));
  for (const name of own) for (const names of [found.used, found.uses, found.set]) names.delete(name);
  return found;
}

function block(found: Names, statements: readonly Statement[]): void {
  for (const s of statements) statement(found, s);
}

function statement(found: Names, s: Statement): void {
  for (const target of targetsOf(s)) assigned(found, target);
  for (const [e, goes] of flowsOf(s)) if (e) expression(found, e, goes);
  if (s.kind === "augment" && s.target.kind === "name") use(found, s.target.name, "", CHANGED);
  if (s.kind === "match")
    for (const { pattern } of s.cases) for (const name of capturesOf(pattern)) found.set.add(name);
  if (s.kind === "try") for (const { name } of s.handlers) if (name !== undefined) found.set.add(name);
  if (s.kind === "scope") found.scopes.push(s);
  if (s.kind === "def" || s.kind === "class") {
    found.set.add(s.name);
    code(found, s.kind === "def" ? s : { parameters: [], body: s.body });
  }
  block(found, blockOf(s));
}

/** The statements below one, whichever of them run. */
export function blockOf(s: Statement): readonly Statement[] {
  if (s.kind === "if") return [...s.branches.flatMap(({ body }) => body), ...s.otherwise];
  if (s.kind === "match") return s.cases.flatMap(({ body }) => body);
  if (s.kind === "for" || s.kind === "while") return [...s.body, ...s.otherwise];
  if (s.kind === "try")
    return [...s.body, ...s.handlers.flatMap(({ body }) => body), ...s.otherwise, ...s.last];
  return s.kind === "with" ? s.body : [];
}

/** What a statement sets or changes. */
function targetsOf(s: Statement): readonly Expr[] {
  if (s.kind === "assign") return s.targets;
  if (s.kind === "delete") return s.targets.filter(({ kind }) => kind !== "name");
  if (s.kind === "with") return s.items.flatMap(({ target }) => target ?? []);
  return s.kind === "annotate" || s.kind === "augment" || s.kind === "for" ? [s.target] : [];
}

/** Expressions, and where their values go. */
type Flow = readonly [Expr | undefined, Use];
const all = (expressions: readonly (Expr | undefined)[], goes: Use): Flow[] =>
  expressions.map((e) => [e, goes]);

function flowsOf(s: Statement): readonly Flow[] {
  switch (s.kind) {
    case "expression":
      return [[s.value, LOOKED]];
    case "assign":
    case "annotate":
    case "return":
      return [[s.value, KEPT]];
    case "augment":
      return [[s.value, PARTS]];
    case "for":
      return [[s.over, PARTS]];
    case "match":
      return [
        [s.subject, KEPT],
        ...all(
          s.cases.map(({ guard }) => guard),
          LOOKED,
        ),
      ];
    case "while":
    case "assert":
      return [[s.test, LOOKED]];
    case "if":
      return s.branches.map(({ test }) => [test, LOOKED]);
    case "with":
      return s.items.map(({ value }) => [value, KEPT]);
    case "def":
      return [...all(s.decorators, LOOKED)];
    case "class":
      return all([...s.bases.map(({ value }) => value), ...s.decorators], LOOKED);
    default:
      return [];
  }
}

/** A function or class that is made there: it may be called, and then uses what is around it. */
function code(found: Names, def: { parameters: readonly Parameter[]; body: readonly Statement[] }): void {
  for (const { default: value } of def.parameters) if (value) expression(found, value, KEPT);
  const { used, uses, set } = outerNames(def);
  for (const [name, paths] of used) for (const path of paths) into(found.used, name, path);
  for (const [name, all] of uses) for (const one of all) use(found, name, undefined, one);
  for (const name of set) found.set.add(name);
}

function expression(found: Names, e: Expr, goes: Use): void {
  switch (e.kind) {
    case "name":
      return use(found, e.name, "", goes);
    case "postfix": {
      const meant = ofGlobals(found, e);
      return meant.kind === "postfix" ? postfix(found, meant, goes) : expression(found, meant, goes);
    }
    case "fstring":
      return holes(found, e.parts);
    case "lambda":
      return code(found, {
        parameters: e.parameters,
        body: [{ kind: "return", value: e.body, offset: e.offset, end: e.offset }],
      });
    case "walrus":
      found.set.add(e.name);
      return expression(found, e.value, KEPT);
    default:
      for (const [part, to] of flowsWithin(e, goes)) if (part) expression(found, part, to);
  }
}

/** Parts of an expression, and where their values go. */
function flowsWithin(e: Expr, goes: Use): readonly Flow[] {
  switch (e.kind) {
    case "list":
    case "tuple":
    case "set":
      return all(e.items, held(goes));
    case "logic":
      return all(e.items, goes);
    case "star":
    case "unary":
      return [[e.value, inner(goes)]];
    case "dict":
      return e.entries.flatMap(({ key, value }): Flow[] => [
        [key, LOOKED],
        [value, key ? held(goes) : inner(goes)],
      ]);
    case "comprehension": {
      const loops = e.loops.flatMap(({ target, over, tests }): Flow[] => [
        [over, PARTS],
        ...all([target, ...tests], LOOKED),
      ]);
      return [...loops, ...all([e.key, e.item], held(goes))];
    }
    case "chain":
      return all([e.first, ...e.rest.map(({ value }) => value)], inner(goes));
    case "compare":
      return all([e.first, ...e.rest.map(({ value }) => value)], LOOKED);
    case "power":
      return e.bases.map(({ value }) => [value, inner(goes)]);
    case "choice":
      return [...all(e.tests, LOOKED), ...all(e.items, goes)];
    case "slice":
      return all([e.start, e.stop, e.step], LOOKED);
    default:
      return [];
  }
}

function holes(found: Names, parts: Extract<Expr, { kind: "fstring" }>["parts"]): void {
  for (const part of parts) {
    if (typeof part === "string") continue;
    expression(found, part.value, LOOKED);
    if (typeof part.format !== "string") holes(found, part.format);
  }
}

/** A value and what follows it: `goes` becomes of the whole. */
function postfix(found: Names, { base, trailers }: Extract<Expr, { kind: "postfix" }>, goes: Use): void {
  const name = base.kind === "name" ? base.name : undefined;
  for (const [i, trailer] of trailers.entries()) {
    if (trailer.kind === "index") expression(found, trailer.index, LOOKED);
    if (trailer.kind !== "call") continue;
    const attributes = trailers.slice(0, i);
    const to = attributes.every(({ kind }) => kind === "attribute") ? name : undefined;
    for (const [at, { value, star, name: key = at }] of trailer.args.entries())
      expression(found, value, { kind: "passed", to, path: pathOf(attributes), key: star ? undefined : key });
  }
  const becomes = becomesOfBase(trailers, goes);
  if (name === undefined) expression(found, base, becomes);
  else use(found, name, pathOf(trailers), becomes);
}

/** Stands for all names of the snippet. */
export const ALL_NAMES = "globals()";

/** `globals()["words"]` is the name itself, as if `global words` stood there. */
function ofGlobals(found: Names, e: Extract<Expr, { kind: "postfix" }>): Expr {
  const [call, index, ...rest] = e.trailers;
  if (e.base.kind !== "name" || !isNamesOf(e.base.name) || call.kind !== "call" || call.args.length > 0)
    return e;
  const key = index?.kind === "index" && index.index.kind === "constant" ? index.index.value : undefined;
  const name = typeof key === "string" ? key : ALL_NAMES;
  const trailers = typeof key === "string" ? rest : e.trailers.slice(1);
  const base: Expr = { kind: "name", name, offset: e.offset };
  if (name === key)
    found.scopes.push({ kind: "scope", word: "global", names: [key], offset: e.offset, end: e.offset });
  return trailers.length > 0 ? { ...e, base, trailers } : base;
}

/** What becomes of a value of which this follows. */
function becomesOfBase(trailers: readonly Trailer[], goes: Use): Use {
  const change = trailers.findIndex((t) => t.kind === "attribute" && mutating.has(t.name));
  if (change >= 0) return change === 0 ? CHANGED : CHANGED_INSIDE;
  const call = trailers.findIndex(({ kind }) => kind === "call");
  if (call === 0) return LOOKED;
  return call > 0 ? { kind: "asked", then: inner(goes) } : inner(goes);
}

/** What is set: a name, or a part of what a name stands for. */
function assigned(found: Names, written: Expr): void {
  const target = written.kind === "postfix" ? ofGlobals(found, written) : written;
  if (target.kind === "name") found.set.add(target.name);
  if (target.kind === "tuple" || target.kind === "list")
    for (const item of target.items) assigned(found, item);
  if (target.kind === "star") assigned(found, target.value);
  if (target.kind !== "postfix") return;
  postfix(found, target, LOOKED);
  const becomes = target.trailers.length === 1 ? CHANGED : CHANGED_INSIDE;
  if (target.base.kind === "name") {
    use(found, target.base.name, undefined, becomes);
    into(found.used, target.base.name, `${pathOf(target.trailers)} =`);
  } else expression(found, target.base, becomes);
}

function use(found: Names, name: string, path: string | undefined, one: Use): void {
  if (path !== undefined) into(found.used, name, path);
  if (!found.uses.has(name)) found.uses.set(name, []);
  found.uses.get(name)!.push(one);
}
function into(sets: Map<string, Set<string>>, name: string, item: string): void {
  if (!sets.has(name)) sets.set(name, new Set());
  sets.get(name)!.add(item);
}

/** Attributes right behind a name: `.layers.Dense(…)` is "layers.Dense". */
function pathOf(trailers: readonly Trailer[]): string {
  const end = trailers.findIndex((trailer) => trailer.kind !== "attribute");
  const path = end < 0 ? trailers : trailers.slice(0, end);
  return path.map((trailer) => (trailer.kind === "attribute" ? trailer.name : "")).join(".");
}
