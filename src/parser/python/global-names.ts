import { Broken } from "./collect.ts";
import { starred } from "./imports.ts";
import { isLibrary } from "./names.ts";
import { type DictValue, is, type Key, type Scope, type Value } from "./values.ts";
import { fail, opaque, type World } from "./world.ts";

/** The functions of Python that give names with their values. */
export const isNamesOf = (name: string): boolean => /^(globals|locals|vars)$/.test(name);

/** `globals()`, and in a function its own names by `locals()`: a dict, which at the top is that of the snippet itself. */
export function namesOf(w: World, name: string, scope: Scope): DictValue {
  let own: Scope | undefined = scope;
  while (own?.passing) own = own.outer;
  return name === "globals" || !own?.locals ? w.names : { kind: "dict", entries: new Map(own.locals) };
}

/** `globals()[name]`. */
export function nameOf(w: World, name: string, offset: number): Value {
  const v = w.globals.get(name) ?? starred(w, name);
  if (v === undefined) return fail(w, offset, "python-name", `The name ${name} is not defined.`);
  if (is(v, "broken")) throw new Broken();
  return v;
}

/** Any name may have got another value. What was imported is what it was. */
export function forgetNames(w: World): void {
  const unknown = opaque(w);
  for (const [name, v] of w.globals)
    if (!isLibrary(v) && !is(v, "module", "keras") && !w.defined.has(name)) w.globals.set(name, unknown);
}

/** The names that a snippet has before its first line, and the dict that they are. */
export function newNames(): Pick<World, "globals" | "names"> {
  const globals = new Map<string, Value>([["__name__", "__main__"]]);
  return { globals, names: { kind: "dict", entries: globals as Map<Key, Value> } };
}
