import type { Expr, Statement, StatementOf } from "./ast.ts";
import { redirect } from "./functions.ts";
import { find, type Frame } from "./expressions.ts";
import { forgetChanged } from "./forgotten.ts";
import { blockOf, type Names, namesIn, spendLook, type Use } from "./uses.ts";
import { markChanged, onlyLooks, onlyShows } from "./numpy.ts";
import { unusable } from "./plain.ts";
import { is, lookIn, type NamespaceValue, type Value } from "./values.ts";
import { fail, note, opaque, statementText } from "./world.ts";

/**
 * Passes over statements that run or not, or who knows how often, by a value that is not known here: what they would
 * have set is not known after them. Where they make layers or change models, they are refused.
 */
export function passOver(
  f: Frame,
  s: StatementOf<"for" | "if" | "while" | "try" | "match">,
  cause: Value,
  body: readonly Statement[],
  targets: readonly Expr[] = [],
): undefined {
  const { w } = f;
  const names = namesIn(body);
  const at = deciding(s);
  if (makesLayers(f, names.used, new Map())) {
    if (is(cause, "free")) unusable(w, cause, at);
    fail(
      w,
      at,
      "python-unknown-value",
      "What is built here depends on a value that is not known while the snippet is read.",
      {
        ...(cause &&
          is(cause, "opaque") &&
          cause.cause && { received: `\`${cause.cause.text}\` in line ${cause.cause.line}` }),
        hint: "Write the value as a constant, give it with --define NAME=VALUE, or take the lines out.",
      },
    );
  }
  note(w, s.offset, `Not run: ${statementText(w)}`);
  forgetChanged(f, body);
  if (s.kind === "for") forgetChanged(f, [], [s.over], { kind: "parts" });
  for (const shared of names.scopes) redirect(f, shared);
  const looped = namesIn([], targets).used;
  for (const name of names.used.keys()) {
    const v = find(f, name);
    if (v !== undefined && is(v, "data", "free") && mayChange(f, names, name)) markChanged(w, v);
  }
  // The items of an array are parts of it.
  if ([...looped.keys()].some((name) => mayChange(f, names, name))) markChanged(w, cause);
  const brought = s.kind === "if" ? importedBy(body).filter((name) => find(f, name) === undefined) : [];
  for (const name of [...names.set, ...looped.keys(), ...brought])
    w.bind({ kind: "name", name, offset: s.offset }, opaque(w), f);
}

/** Names that statements import. */
const importedBy = (body: readonly Statement[]): string[] =>
  body.flatMap((s) => {
    if (s.kind === "import") return s.names.map(({ name, as = name.split(".")[0] }) => as);
    if (s.kind === "from") return s.names === "*" ? [] : s.names.map(({ name, as = name }) => as);
    return importedBy(blockOf(s));
  });

/** Where it stands whether, or how often, the statements run. */
function deciding(s: StatementOf<"for" | "if" | "while" | "try" | "match">): number {
  if (s.kind === "for") return s.over.offset;
  if (s.kind === "match") return s.subject.offset;
  return s.kind === "while" ? s.test.offset : s.kind === "if" ? s.branches[0].test.offset : s.offset;
}

/** Whether an array of this name is assigned into, or passed to what does not only look at it. */
const mayChange = (f: Frame, { uses }: Names, name: string): boolean =>
  (uses.get(name) ?? []).some((use) => changesArray(f, use));

function changesArray(f: Frame, use: Use): boolean {
  if (use.kind !== "passed") return use.kind === "changed" || use.kind === "asked";
  const callee = use.to === undefined ? undefined : (find(f, use.to) ?? { kind: "builtin", name: use.to });
  if (callee === undefined) return true;
  if (is(callee, "module")) return !onlyLooks(use.path === "" ? callee.path : `${callee.path}.${use.path}`);
  return !is(callee, "builtin", "layer", "keras") && !(is(callee, "opaque") && onlyShows(callee));
}

/** Whether expressions make or change layers and models. */
export const touchesModels = (
  f: Frame,
  statements: readonly Statement[],
  expressions: readonly Expr[] = [],
): boolean => makesLayers(f, namesIn(statements, expressions).used, new Map());

/** Functions that were looked through, with the objects whose methods they are. */
type Seen = Map<object, Set<Value | undefined>>;

/** Whether names stand for what makes or changes layers and models: Keras's classes, or functions that use them. */
function makesLayers(f: Frame, used: ReadonlyMap<string, ReadonlySet<string>>, seen: Seen): boolean {
  for (const [name, paths] of used) {
    const v = find(f, name);
    if (v !== undefined && touches(f, v, [...paths], seen)) return true;
  }
  return false;
}

/** Whether a value, used by what follows it, makes or changes layers. */
function touches(f: Frame, v: Value, paths: readonly string[], seen: Seen): boolean {
  if (is(v, "namespace")) return paths.some((path) => touchesByObject(f, v, path, seen));
  if (is(v, "partial")) return touchesByCall(f, v.fn, v.args.positional[0]?.value, seen);
  if (is(v, "opaque") && v.refused) return true;
  if (is(v, "layer")) return paths.some((path) => changing.has(path.split(".")[0]));
  if (is(v, "keras")) return makes(`${v.name.module}.${v.name.name}`);
  if (is(v, "module")) return paths.some((path) => makes(`${v.path}.${path}`));
  return is(v, "tensor") || touchesByCall(f, v, undefined, seen);
}

/** Whether a function does that is called; the object of a method goes by its first name. */
function touchesByCall(f: Frame, fn: Value, self: Value | undefined, seen: Seen): boolean {
  if (!is(fn, "function")) return is(fn, "keras") && touches(f, fn, [""], seen);
  const before = seen.get(fn.def) ?? new Set();
  if (before.has(self)) return false;
  seen.set(fn.def, before.add(self));
  spendLook(f.w, fn.def.body);
  const first = fn.def.parameters[0]?.name;
  const locals = new Map(self !== undefined && first !== undefined ? [[first, self]] : []);
  return makesLayers({ w: f.w, locals, outer: fn.scope }, namesIn(fn.def.body).used, seen);
}

/** Whether an object or class does, by one of its methods, or where it goes elsewhere, any. */
function touchesByObject(f: Frame, v: NamespaceValue, path: string, seen: Seen): boolean {
  const [first, ...rest] = path.split(".");
  const held = first === "" ? undefined : (v.values.get(first) ?? lookIn(v.of ?? v, first));
  if (held !== undefined)
    return is(held, "function") ? touchesByCall(f, held, v, seen) : touches(f, held, [rest.join(".")], seen);
  if (first !== "") return false;
  for (let cls: NamespaceValue | undefined = v.of ?? v; cls; cls = cls.own?.base)
    for (const one of cls.values.values())
      if (is(one, "function") && touchesByCall(f, one, v, seen)) return true;
  return false;
}
/** What a model can be asked that leaves it another one. */
const changing = new Set([
  "add",
  "pop",
  "compile",
  "trainable",
  "build",
  "layers",
  "get_layer",
  "enable_lora",
  "name =",
  "_name =",
]);
const makes = (path: string): boolean =>
  /^keras\.((layers|models|applications)\b|Input|Sequential|Model|ops\b)/.test(path);
