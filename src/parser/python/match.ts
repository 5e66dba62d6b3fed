import type { Case, Expr, StatementOf } from "./ast.ts";
import { capturesOf, fitsAll, type Pattern, patternOf } from "./captures.ts";
import { evaluate, type Frame, known } from "./expressions.ts";
import type { Leave, Runner } from "./flow.ts";
import { remembered } from "./forgotten.ts";
import { isLibrary } from "./names.ts";
import { equal } from "./operators.ts";
import { passOver } from "./pass-over.ts";
import { isInstance } from "./types.ts";
import { is, listOf, type Key, type Value } from "./values.ts";
import { fail, opaque, spend, spendSize } from "./world.ts";

/** Names with what a pattern found for them. */
type Found = Map<string, Value>;
/** Whether a pattern fits; undefined where nobody knows. */
type Fit = boolean | undefined;

/** `match`. Where nobody knows whether a case fits, it and those behind it are passed over. */
export function choose(f: Frame, s: StatementOf<"match">, run: Runner): Leave {
  refuseWrong(f, s.cases);
  const subject = evaluate(f, s.subject);
  for (const [i, { pattern, guard, body }] of s.cases.entries()) {
    const found: Found = new Map();
    let fit = fits(f, pattern, subject, found);
    if (fit) for (const [name, v] of found) run.bind(f, { kind: "name", name, offset: s.offset }, v);
    if (fit && guard) fit = known(f, evaluate(f, guard), guard.offset);
    if (fit === undefined) return passCases(f, s, subject, s.cases.slice(i));
    if (fit) return run.block(f, body);
  }
  return undefined;
}

function passCases(f: Frame, s: StatementOf<"match">, subject: Value, cases: readonly Case[]): undefined {
  const names = cases.flatMap(({ pattern }) => capturesOf(pattern));
  const targets = names.map((name): Expr => ({ kind: "name", name, offset: s.offset }));
  const bodies = cases.flatMap(({ body }) => body);
  return passOver(f, s, isUnknown(subject) ? subject : opaque(f.w), bodies, targets);
}

const isUnknown = (v: Value): boolean => is(v, "opaque", "data", "free") || isLibrary(v);

/** What Python refuses before it runs anything. */
function refuseWrong(f: Frame, cases: readonly Case[]): void {
  for (const { pattern, guard, offset } of cases) {
    spend(f.w, offset);
    const names = capturesOf(pattern);
    spendSize(f.w, names.length, offset);
    if (new Set(names).size < names.length)
      fail(f.w, pattern.offset, "python-syntax", "A pattern gives a value to a name twice.");
    if (!guard && fitsAll(pattern) && pattern !== cases.at(-1)!.pattern)
      fail(
        f.w,
        pattern.offset,
        "python-syntax",
        "This pattern fits everything: no case behind it is reached.",
        {
          hint: "Put it last. A name alone is a pattern that takes the value; a constant is written with a dot or a number.",
        },
      );
  }
}

function fits(f: Frame, e: Expr, given: Value, found: Found): Fit {
  spend(f.w, e.offset);
  const v = remembered(f.w, given);
  const p = patternOf(e);
  if (p.kind === "none") return fail(f.w, e.offset, "python-syntax", "This is no pattern of a case.");
  if (p.kind === "capture") {
    if (p.name !== "_") found.set(p.name, v);
    return true;
  }
  if (p.kind === "named") {
    const fit = fits(f, p.pattern, v, found);
    for (const name of p.names) if (name.kind === "name") found.set(name.name, v);
    return fit;
  }
  if (p.kind === "choice") return oneOf(f, p.items, v, found);
  if (p.kind === "class") return ofClass(f, p, v, found, e.offset);
  if (isUnknown(v)) return undefined;
  if (p.kind === "value") return sameAs(f, e, v);
  return p.kind === "sequence" ? inOrder(f, p.items, v, found, e.offset) : byKeys(f, p, v, found);
}

/** None, True and False are themselves; other constants are what equals them. */
function sameAs(f: Frame, e: Expr, v: Value): Fit {
  const wanted = evaluate(f, e);
  if (isUnknown(wanted)) return undefined;
  return wanted === null || typeof wanted === "boolean" ? v === wanted : equal(v, wanted);
}

function oneOf(f: Frame, items: readonly Expr[], v: Value, found: Found): Fit {
  spendSize(f.w, items.length, items[0].offset);
  const names = items.map((item) => capturesOf(item).sort().join());
  const other = names.findIndex((one) => one !== names[0]);
  if (other >= 0)
    fail(
      f.w,
      items[other].offset,
      "python-syntax",
      "The alternatives of a pattern give values to different names.",
    );
  for (const item of items) {
    const own: Found = new Map();
    const fit = fits(f, item, v, own);
    for (const [name, value] of own) if (fit) found.set(name, value);
    if (fit !== false) return fit;
  }
  return false;
}

/** All of them, in order; the first that does not fit, or is not known, decides. */
function all(fitting: Iterable<Fit>): Fit {
  for (const fit of fitting) if (!fit) return fit;
  return true;
}

function inOrder(f: Frame, patterns: readonly Expr[], v: Value, found: Found, offset: number): Fit {
  const stars = patterns.filter(({ kind }) => kind === "star").length;
  if (stars > 1) fail(f.w, offset, "python-syntax", "A sequence of patterns has one star at most.");
  if (!is(v, "list", "tuple")) return is(v, "range") ? undefined : false;
  const extra = v.items.length - patterns.length + stars;
  if (extra < 0 || (stars === 0 && extra > 0)) return false;
  spendSize(f.w, v.items.length, offset);
  let at = 0;
  return all(
    (function* () {
      for (const pattern of patterns) {
        if (pattern.kind !== "star") yield fits(f, pattern, v.items[at++], found);
        else yield fits(f, pattern.value, listOf(v.items.slice(at, (at += extra))), found);
      }
    })(),
  );
}

function byKeys(f: Frame, p: Extract<Pattern, { kind: "mapping" }>, v: Value, found: Found): Fit {
  if (!is(v, "dict")) return false;
  const left = new Map(v.entries);
  const fit = all(
    (function* () {
      for (const [i, key] of p.keys.entries()) {
        const wanted = evaluate(f, key);
        if (isUnknown(wanted)) yield undefined;
        spendSize(f.w, left.size, key.offset);
        const own = [...left.keys()].find((one) => equal(one, wanted));
        if (own === undefined) yield false;
        else yield fits(f, p.values[i], left.get(own)!, found);
        left.delete(own as Key);
      }
    })(),
  );
  return fit && p.rest ? fits(f, p.rest, { kind: "dict", entries: left }, found) : fit;
}

const simple = /^(int|float|bool|str|list|tuple|dict)$/;

/** `int()`, `str(name)`. */
function ofClass(
  f: Frame,
  p: Extract<Pattern, { kind: "class" }>,
  v: Value,
  found: Found,
  offset: number,
): Fit {
  const type = evaluate(f, p.of);
  const spelled = p.of.kind === "name" ? p.of.name : "of this class";
  if (!is(type, "builtin") || !simple.test(type.name) || p.named || p.args.length > 1)
    return fail(f.w, offset, "python-unsupported", `The pattern ${spelled}(…) is not read.`, {
      expected: "int(), float(), bool(), str(), list(), tuple() or dict(), with one name at most",
    });
  const fit = isInstance(f.w, v, type);
  if (typeof fit !== "boolean") return undefined;
  return fit && p.args.length > 0 ? fits(f, p.args[0], v, found) : fit;
}
