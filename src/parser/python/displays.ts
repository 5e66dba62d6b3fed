import type { Expr, Hole, Loop } from "./ast.ts";
import { iterate } from "./builtins.ts";
import { each } from "./collect.ts";
import { evaluate, type Frame, known, lookup } from "./expressions.ts";
import { keyOf } from "./containers.ts";
import { forgetChanged, holdsUnknown } from "./forgotten.ts";
import { formatValue } from "./format.ts";
import { writtenNumber } from "./known-arrays.ts";
import { isLibrary } from "./names.ts";
import { distinct } from "./operators.ts";
import { touchesModels } from "./pass-over.ts";
import { unusable } from "./plain.ts";
import { describe, is, type Key, iterator, listOf, repr, tuple, type Value } from "./values.ts";
import { fail, MAX_ITERATIONS, opaque, spendIteration, spendSize, walkable } from "./world.ts";

type Of<K extends Expr["kind"]> = Extract<Expr, { readonly kind: K }>;

/** What is written out: names, lists, text. */
export function display(
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
      return listOf(spread(f, e.items));
    case "set":
      return setOf(f, spread(f, e.items), e.offset);
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

/** Each once; how many there are is known where all are. */
const setOf = ({ w }: Frame, items: readonly Value[], offset: number): Value =>
  items.some((item) => holdsUnknown(walkable(w, item, offset)))
    ? opaque(w)
    : listOf(distinct(w, items, offset));

/** `f"…"`. */
export const fstring = (f: Frame, { parts, offset }: Of<"fstring">): Value =>
  textOf(f, parts, offset) ?? opaque(f.w);

/** Undefined where a part is not known. */
function textOf(f: Frame, parts: readonly (string | Hole)[], offset: number): string | undefined {
  const all = parts.map((part) => (typeof part === "string" ? part : hole(f, part)));
  const made = all.filter((part) => part !== undefined);
  if (made.length < all.length) return undefined;
  spendSize(
    f.w,
    made.reduce((sum, part) => sum + part.length, 0),
    offset,
  );
  return made.join("");
}

function hole(f: Frame, { value, show, format, label = "", offset }: Hole): string | undefined {
  const found = evaluate(f, value);
  const v = walkable(f.w, show ? found : writtenNumber(f.w, found), offset);
  if (is(v, "free")) return unusable(f.w, v, offset);
  if (holdsUnknown(v)) return undefined;
  const how = typeof format === "string" ? format : textOf(f, format, offset);
  if (how === undefined) return undefined;
  return label + formatValue(f.w, show ? repr(v) : v, how, offset);
}

function spread(f: Frame, items: readonly Expr[]): Value[] {
  const parts = each(f.w, items, (item) => {
    if (item.kind !== "star") return [evaluate(f, item)];
    const v = evaluate(f, item.value);
    return iterate(f.w, v, item.offset) ?? unusable(f.w, v, item.offset);
  });
  return parts.flat();
}

function dict(f: Frame, { entries }: Of<"dict">): Value {
  const made = new Map<Key, Value>();
  for (const { key, value } of entries) {
    const v = evaluate(f, value);
    const k = key && evaluate(f, key);
    const unknown = key ? k !== undefined && (is(k, "opaque", "data") || isLibrary(k)) : is(v, "opaque");
    if (unknown) return opaque(f.w);
    if (key) made.set(keyOf(f.w, k!, key.offset), v);
    else if (is(v, "dict")) for (const [k, x] of v.entries) made.set(k, x);
    else fail(f.w, value.offset, "python-value", "Only a dict can follow **.", { received: describe(v) });
  }
  return { kind: "dict", entries: made };
}

/** Whether all conditions hold; undefined where one is not known. */
function allHold(f: Frame, tests: readonly Expr[]): boolean | undefined {
  for (const test of tests) {
    const holds = known(f, evaluate(f, test), test.offset);
    if (!holds) return holds;
  }
  return true;
}

function comprehension(f: Frame, e: Of<"comprehension">): Value {
  const inner: Frame = { w: f.w, locals: new Map(), outer: f, passing: true };
  const items: Value[] = [];
  let whole = true;
  const entries = new Map<Key, Value>();
  const each = (loops: readonly Loop[]): void => {
    const [loop, ...rest] = loops;
    if (loop === undefined) {
      const v = evaluate(inner, e.item);
      const key = e.key && evaluate(inner, e.key);
      if (key !== undefined && is(key, "opaque", "data")) whole = false;
      else if (e.key) entries.set(keyOf(f.w, key!, e.offset), v);
      else items.push(v);
      return;
    }
    const over = evaluate(inner, loop.over);
    const values = iterate(f.w, over, loop.over.offset);
    if (values === undefined && is(over, "free")) unusable(f.w, over, loop.over.offset);
    whole &&= values !== undefined;
    for (const v of values ?? []) {
      if (f.w.meter.iterations >= MAX_ITERATIONS / 2 && !touchesModels(inner, [], [e.item])) {
        whole = false;
        break;
      }
      spendIteration(f.w, loop.over.offset);
      f.w.bind(loop.target, v, inner);
      const passed = allHold(inner, loop.tests);
      if (passed) each(rest);
      whole &&= passed !== undefined;
    }
  };
  each(e.loops);
  if (!whole) {
    forgetChanged(f, [], [e]);
    return opaque(f.w);
  }
  if (e.of === "dict") return { kind: "dict", entries };
  if (e.of === "each") return iterator(items);
  return e.of === "set" ? setOf(f, items, e.offset) : listOf(items);
}
