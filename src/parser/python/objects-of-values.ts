import type { Args } from "./arguments.ts";
import { apply } from "./builtins.ts";
import { type Key, type NamespaceValue, is, listOf, tuple, type TupleValue, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** An object of a class of values: those of its own replace the class's. */
export function objectOf(cls: NamespaceValue, { positional, keyword }: Args): Value {
  const { fields = [], other } = cls;
  if (cls.has_init || positional.length > fields.length) return other;
  const placed = positional.map(({ value }, k) => [fields[k], value] as const);
  const values = new Map([
    ...[...cls.values].map(([name, value]) => [name, fields.includes(name) ? ownOf(value) : value] as const),
    ...placed,
    ...[...keyword].map(([name, { value }]) => [name, value] as const),
  ]);
  return cls.makes_tuples ? named(values, fields, other) : { ...cls, values };
}

/** What a dataclass's factory makes for every object anew. */
export const ownOf = (v: Value): Value =>
  is(v, "list") ? listOf([...v.items]) : is(v, "dict") ? { ...v, entries: new Map(v.entries) } : v;

/** `dataclasses.asdict(object)`; undefined where it holds other objects, which become dicts as well. */
export function fieldsOf({ values, fields = [] }: NamespaceValue): Value | undefined {
  const entries = fields.map((name): [string, Value] => [name, values.get(name) ?? null]);
  const simple =
    entries.length > 0 &&
    entries.every(([name, v]) => values.has(name) && (typeof v !== "object" || v === null));
  return simple ? { kind: "dict", entries: new Map(entries) } : undefined;
}

/** `dataclasses.field(default=…)`, `field(default_factory=…)`: the value. */
export function field(w: World, { keyword, offset }: Args): Value | undefined {
  const factory = keyword.get("default_factory");
  return factory ? apply(w, factory.value, [], { offset }) : keyword.get("default")?.value;
}

/** `vars(object)`: a dict that changes with it. */
export function dictOf(w: World, v: NamespaceValue): Value {
  const before = w.twins.get(v);
  if (before !== undefined) return before;
  const made: Value = { kind: "dict", entries: v.values as Map<Key, Value> };
  w.twins.set(v, made);
  w.twins.set(made, v);
  return made;
}

function named(values: ReadonlyMap<string, Value>, fields: readonly string[], other: Value): Value {
  const items = fields.map((field) => values.get(field));
  if (items.includes(undefined)) return other;
  return { kind: "tuple", items: items as readonly Value[], names: fields };
}

/** `collections.namedtuple(name, fields, defaults=…)`: the class. */
export function namedTuple(w: World, { positional, keyword }: Args): Value | undefined {
  const given = positional[1]?.value ?? keyword.get("field_names")?.value ?? null;
  const fields = typeof given === "string" ? given.split(/[\s,]+/).filter(Boolean) : textsOf(given);
  const defaults = keyword.get("defaults")?.value ?? tuple([]);
  if (!fields || !is(defaults, "list", "tuple")) return undefined;
  const start = fields.length - defaults.items.length;
  const values = new Map(defaults.items.map((value, k): [string, Value] => [fields[start + k], value]));
  return { kind: "namespace", values, fields, makes_tuples: true, other: opaque(w), has_init: false };
}

function textsOf(v: Value): string[] | undefined {
  const items = is(v, "list", "tuple") ? v.items : [];
  return items.length > 0 && items.every((item) => typeof item === "string")
    ? (items as string[])
    : undefined;
}

/** `point.x`; undefined where the tuple has no such name. */
export function fieldOf({ names = [], items }: TupleValue, name: string): Value | undefined {
  const at = names.indexOf(name);
  return at < 0 ? undefined : items[at];
}

/** `point._replace(x=1)`, `point._asdict()`; undefined for anything else. */
export function namedTupleMethod(v: TupleValue, name: string, { keyword }: Args): Value | undefined {
  const { names, items } = v;
  if (names === undefined) return undefined;
  if (name === "_asdict") return { kind: "dict", entries: new Map(names.map((key, k) => [key, items[k]])) };
  if (name !== "_replace") return undefined;
  return { ...v, items: items.map((item, k) => keyword.get(names[k])?.value ?? item) };
}
