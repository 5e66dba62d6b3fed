/** Modules of Keras's own classes and functions; `builtins` for functions, which Keras looks up by name. */
const OWN = /^(keras|tf_keras|tensorflow|builtins)(\.|$)/;
/** Packages under which Keras registers its own. */
const REGISTERED = /^(keras|tf_keras)[\w.]*>/i;

/**
 * What a class or function of somebody's own is called, where a serialized object says so by `module` or
 * `registered_name`; undefined for Keras's own. Such a class may have the name of one of Keras's and compute something else.
 */
export function foreignName(object: object): string | undefined {
  const { module, class_name, registered_name, config } = object as Readonly<Record<string, unknown>>;
  if (typeof class_name !== "string") return undefined;
  if (typeof registered_name === "string" && registered_name.includes(">"))
    return REGISTERED.test(registered_name) ? undefined : registered_name;
  if (module === undefined || (typeof module === "string" && OWN.test(module))) return undefined;
  const name = class_name === "function" && typeof config === "string" ? config : class_name;
  return typeof module === "string" ? `${module}.${name}` : `${name} (not Keras's own)`;
}
