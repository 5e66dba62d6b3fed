import { lookUp } from "./names.ts";
import { is, type NamespaceValue, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** The class of a layer; what other types are matters to no model. */
export function classOf(w: World, v: Value): Value {
  if (is(v, "namespace")) return v.of ?? opaque(w);
  if (!is(v, "layer")) return opaque(w);
  const home = v.model ? "keras" : "keras.layers";
  const name = lookUp(home, v.model && v.class_name === "Functional" ? "Model" : v.class_name);
  return name ? { kind: "keras", name } : opaque(w);
}

const plainTypes: Readonly<Record<string, (v: Value) => boolean>> = {
  int: (v) => typeof v === "bigint" || typeof v === "boolean",
  float: (v) => typeof v === "number",
  bool: (v) => typeof v === "boolean",
  str: (v) => typeof v === "string",
  list: (v) => is(v, "list") && !v.once,
  tuple: (v) => is(v, "tuple"),
  dict: (v) => is(v, "dict"),
  range: (v) => is(v, "range"),
};
/** Classes that other layers inherit from, where the names alone do not tell which. */
const bases = ["RNN", "Wrapper", "Conv", "Pooling"];

/** Whether a class is this one or derives from it. */
function derives(cls: NamespaceValue | undefined, from: NamespaceValue): boolean {
  for (let one = cls; one; one = one.own?.base) if (one === from) return true;
  return false;
}

/** `isinstance(v, type)`. */
export function isInstance(w: World, v: Value, type: Value): Value {
  if (is(v, "opaque", "data", "free")) return opaque(w);
  if (is(type, "tuple")) {
    const found = type.items.map((one) => isInstance(w, v, one));
    return found.some((one) => one === true) || (found.some((one) => one !== false) ? opaque(w) : false);
  }
  if (is(type, "builtin") && Object.hasOwn(plainTypes, type.name)) return plainTypes[type.name](v);
  if (is(type, "namespace") && type.own) return derives(is(v, "namespace") ? v.of : undefined, type);
  if (!is(type, "keras")) return opaque(w);
  const { name } = type.name;
  if (!is(v, "layer")) return is(v, "object") ? v.class_name === name : false;
  if (name === "Layer" || (name === "Model" && v.model)) return true;
  return bases.includes(name) ? opaque(w) : v.class_name === name;
}
