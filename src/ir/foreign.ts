/** Modules of Keras's own classes and functions; `builtins` for functions, which Keras looks up by name. */
const OWN = /^(keras|tf_keras|tensorflow|builtins)(\.|$)/;
/** Packages under which Keras registers its own. */
const REGISTERED = /^(keras|tf_keras)[\w.]*>/i;

/**
 * What a class or function of somebody's own is called, where a serialized object says so by `module`, `registered_name`
 * or, in `.h5` files, a package before its name; undefined for Keras's own. Such a class may have the name of one of Keras's and compute something else.
 */
export function foreignName(object: object): string | undefined {
  const { module, class_name, registered_name, config } = object as Readonly<Record<string, unknown>>;
  if (typeof class_name !== "string") return undefined;
  const registered = [registered_name, class_name].find(
    (name) => typeof name === "string" && name.includes(">"),
  );
  if (typeof registered === "string") return REGISTERED.test(registered) ? undefined : registered;
  if (module === undefined || (typeof module === "string" && OWN.test(module))) return undefined;
  const name = class_name === "function" && typeof config === "string" ? config : class_name;
  return typeof module === "string" ? `${module}.${name}` : `${name} (not Keras's own)`;
}
