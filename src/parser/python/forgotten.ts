import { find, type Frame } from "./expressions.ts";
import { type Names, namesIn } from "./names-in.ts";
import { type FunctionValue, is, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** From here on nobody knows what a list, dict or object holds: lines that are not run change it. */
export function forget(w: World, v: Value): void {
  if (is(v, "list", "dict", "namespace")) w.forgotten.set(v, opaque(w));
}

/** The value, or that it is not known any more. */
export const remembered = (w: World, v: Value): Value =>
  w.forgotten.size > 0 ? (w.forgotten.get(v) ?? v) : v;

/** Methods that leave a list or dict another one. */
export const mutating: ReadonlySet<string> = new Set(
  "append extend insert remove add clear sort pop popitem reverse setdefault update discard appendleft".split(
    " ",
  ),
);

/** Forgets what code that is not run changes in place, also in the functions that it calls. */
export function forgetChanged(f: Frame, names: Names, seen = new Set<Value>()): void {
  for (const [name, paths] of names.used) {
    const v = find(f, name);
    if (v === undefined || seen.has(v)) continue;
    if (is(v, "function")) {
      seen.add(v);
      forgetChanged({ ...v.scope, w: f.w }, outerNames(v), seen);
    }
    const called = [...paths, ...(names.methods.get(name) ?? [])];
    if (names.changing.get(name)?.has("") || called.some((method) => mutating.has(method))) forget(f.w, v);
  }
}

/** Names of a function's body that are not its own. */
function outerNames({ def }: Extract<FunctionValue, { kind: "function" }>): Names {
  const names = namesIn(def.body);
  for (const own of [...names.set, ...def.parameters.map((p) => p.name)]) names.used.delete(own);
  return names;
}

/** Whether a value is unknown, or holds one that is. The value can be walked through. */
export function holdsUnknown(v: Value): boolean {
  if (is(v, "opaque", "data")) return true;
  if (is(v, "list", "tuple")) return v.items.some(holdsUnknown);
  return is(v, "dict") && [...v.entries.values()].some(holdsUnknown);
}
