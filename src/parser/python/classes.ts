import type { Args } from "./arguments.ts";
import { apply } from "./builtins.ts";
import type { Trailer } from "./ast.ts";
import { evaluate, type Frame } from "./expressions.ts";
import { forget } from "./forgotten.ts";
import { dictOf, ownOf } from "./objects-of-values.ts";
import { didYouMean } from "../../diagnostics.ts";
import { raise } from "./raised.ts";
import { is, lookIn, type NamespaceValue, type Scope, type SuperValue, type Value } from "./values.ts";
import { fail, type World } from "./world.ts";

/** What an object or class of the snippet has. Of some others nobody knows what they do not have. */
export function ownAttribute(w: World, v: NamespaceValue, name: string, offset: number): Value {
  const found = v.of ? ofObject(w, v, v.of, name, offset) : ofClass(v, lookIn(v, name));
  if (found !== undefined) return found;
  if (name === "__dict__") return dictOf(w, v);
  if (name === "__class__" && v.of) return v.of;
  if (name === "__name__" && v.own) return v.own.name;
  if (!v.complete || name.startsWith("__")) return v.other;
  const names = [...v.values.keys()].filter((known) => !known.startsWith("__"));
  return raise(w, "AttributeError", offset, "python-attribute", `The object has no attribute ${name}.`, {
    expected: names.join(", ") || "one that is set before",
    hint: didYouMean(name, names),
  });
}

/** Properties of the class go first, then what the object has, then what else the class has. */
function ofObject(
  w: World,
  v: NamespaceValue,
  cls: NamespaceValue,
  name: string,
  offset: number,
): Value | undefined {
  const shared = lookIn(cls, name);
  if (shared !== undefined && isProperty(shared)) return bound(w, v, cls, shared, offset);
  const own = v.values.get(name);
  if (own !== undefined) return shared !== undefined && is(shared, "opaque") ? shared : own;
  return shared === undefined ? undefined : bound(w, v, cls, shared, offset);
}

const isProperty = (v: Value): boolean => is(v, "function") && v.as === "property";

function ofClass(cls: NamespaceValue, v: Value | undefined): Value | undefined {
  if (v === undefined || !is(v, "function")) return v;
  if (v.as === "property") return cls.other;
  return v.as === "class" ? withFirst(v, cls) : v;
}

/** A function of a class as an object has it: with the object before its arguments. */
function bound(w: World, self: Value, cls: NamespaceValue, v: Value, offset: number): Value {
  if (!is(v, "function") || v.as === "static") return v;
  if (v.as === "property") return apply(w, v, [self], { offset });
  return withFirst(v, v.as === "class" ? cls : self);
}

const withFirst = (fn: Value, first: Value): Value => ({
  kind: "partial",
  fn,
  args: { positional: [{ value: first, offset: 0 }], keyword: new Map(), offset: 0 },
});

/** `object.name = value`. */
export function setOwn(w: World, v: NamespaceValue, name: string, value: Value, offset: number): void {
  const shared = v.of && lookIn(v.of, name);
  if (shared !== undefined && is(shared, "opaque")) return forget(w, v);
  if (shared === undefined || !is(shared, "function") || shared.as !== "property")
    return void v.values.set(name, value);
  if (!shared.setter)
    fail(w, offset, "python-attribute", `The property ${name} has no setter: it cannot be set.`);
  apply(w, shared.setter, [v, value], { offset });
}

/** `Builder(4)`: a new object, on which `__init__` was run. */
export function construct(w: World, cls: NamespaceValue, args: Args): Value {
  const { other, fields } = cls;
  const made: NamespaceValue = {
    kind: "namespace",
    values: new Map(),
    ...(fields && { fields }),
    other,
    has_init: true,
    complete: true,
    of: cls,
  };
  const init = lookIn(cls, "__init__");
  if (init === undefined) takeFields(w, cls, made, args);
  else if (is(init, "function")) w.callFunction(init, onSelf(made, args));
  else return other;
  const after = init === undefined && lookIn(cls, "__post_init__");
  if (after && is(after, "function")) apply(w, after, [made], args);
  return made;
}

const onSelf = (self: Value, args: Args): Args => ({
  ...args,
  positional: [{ value: self, offset: args.offset }, ...args.positional],
});

/** The arguments of an object whose class has no `__init__`: the fields of a dataclass. */
function takeFields(w: World, cls: NamespaceValue, { values }: NamespaceValue, args: Args): void {
  const { fields = [], own } = cls;
  for (const field of fields) {
    const standard = lookIn(cls, field);
    if (standard !== undefined) values.set(field, ownOf(standard));
  }
  const placed = args.positional.map((given, k) => [fields[k], given] as const);
  for (const [name, { value, offset }] of [...placed, ...args.keyword]) {
    if (name === undefined || !fields.includes(name))
      fail(w, offset, "python-arguments", `${own?.name} does not take this argument.`, {
        expected: fields.join(", ") || "no arguments: it has no __init__",
      });
    values.set(name, value);
  }
  const missing = own?.needs_all ? fields.find((field) => !values.has(field)) : undefined;
  if (missing) fail(w, args.offset, "python-arguments", `${own?.name} needs the argument ${missing}.`);
}

/** `object(…)`. */
export function callObject(w: World, v: NamespaceValue, args: Args): Value {
  const code = v.of && lookIn(v.of, "__call__");
  if (code === undefined)
    return fail(w, args.offset, "python-call", "This object cannot be called: its class has no __call__.");
  return is(code, "function") ? w.callFunction(code, onSelf(v, args)) : v.other;
}

/** `super()` in a method, `super(Class, self)` anywhere; undefined where it means nothing. */
export function superOf(f: Frame, { args }: Extract<Trailer, { kind: "call" }>): SuperValue | undefined {
  const [owner, self] = args.map(({ value }) => evaluate(f, value));
  let scope: Scope | undefined = f;
  while (scope && !scope.method) scope = scope.outer;
  const of = args.length === 2 ? { owner, self } : scope?.method;
  return of && is(of.owner, "namespace") && is(of.self, "namespace")
    ? { kind: "super", owner: of.owner, self: of.self }
    : undefined;
}

/** `super().name`: what the class above has, with this object. */
export function ofSuper(w: World, { owner, self }: SuperValue, name: string, offset: number): Value {
  const base = owner.own?.base;
  const found = base && lookIn(base, name);
  if (found !== undefined) return bound(w, self, self.of ?? self, found, offset);
  // What every object has: nothing.
  if (/^__(init|post_init)__$/.test(name))
    return { kind: "function", def: { name, parameters: [], body: [] }, defaults: new Map(), scope: {} };
  return fail(w, offset, "python-attribute", `The class above ${owner.own?.name} has no attribute ${name}.`);
}
