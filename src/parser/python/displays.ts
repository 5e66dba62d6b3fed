import type { Expr, Hole, Loop } from "./ast.ts";
import { iterate } from "./builtins.ts";
import { each } from "./collect.ts";
import { evaluate, type Frame, holds, lookup } from "./expressions.ts";
import { keyOf } from "./containers.ts";
import { formatValue } from "./format.ts";
import { distinct } from "./operators.ts";
import { unusable } from "./plain.ts";
import { describe, type DictValue, is, type Key, listOf, repr, tuple, type Value } from "./values.ts";
import { fail, opaque, spendIteration, spendSize, walkable } from "./world.ts";

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
      return listOf(distinct(w, spread(f, e.items), e.offset));
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

/** `f"…"`. */
export const fstring = (f: Frame, { parts, offset }: Of<"fstring">): Value => textOf(f, parts, offset);

function textOf(f: Frame, parts: readonly (string | Hole)[], offset: number): string {
  const made = parts.map((part) => (typeof part === "string" ? part : hole(f, part)));
  spendSize(
    f.w,
    made.reduce((sum, part) => sum + part.length, 0),
    offset,
  );
  return made.join("");
}

function hole(f: Frame, { value, show, format, label = "", offset }: Hole): string {
  const v = walkable(f.w, evaluate(f, value), offset);
  if (is(v, "free", "opaque", "data")) return unusable(f.w, v, offset);
  const how = typeof format === "string" ? format : textOf(f, format, offset);
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
  const inner: Frame = { w: f.w, locals: new Map(), outer: f, passing: true };
  const items: Value[] = [];
  let known = true;
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
    const values = iterate(f.w, over, loop.over.offset);
    if (values === undefined && is(over, "free")) unusable(f.w, over, loop.over.offset);
    known &&= values !== undefined;
    for (const v of values ?? []) {
      spendIteration(f.w, loop.over.offset);
      f.w.bind(loop.target, v, inner);
      if (loop.tests.every((test) => holds(inner, test, test.offset))) each(rest);
    }
  };
  each(e.loops);
  if (!known) return opaque(f.w);
  if (e.of === "dict") return { kind: "dict", entries };
  return listOf(e.of === "set" ? distinct(f.w, items, e.offset) : items);
}
