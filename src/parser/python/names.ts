import { closest } from "../../diagnostics.ts";
import { KERAS_NAMES } from "./keras-names.gen.ts";
import { is, type Value } from "./values.ts";

/** A public name of Keras. */
export interface KerasName {
  /** "keras.layers" */
  readonly module: string;
  /** As Keras 3 calls it: MaxPool2D is MaxPooling2D. */
  readonly name: string;
  readonly kind: "class" | "function" | "value" | "module";
  /** Python's arguments in order; those behind `*` by keyword only. */
  readonly args: readonly string[];
  readonly keyword_only: readonly string[];
  /** An optimizer with the rules of tf.keras before 2.11. */
  readonly legacy?: true;
}

/** Where lectures look for a class by mistake, and where older Keras kept it. */
const homes = [
  "keras.layers",
  "keras.models",
  "keras.optimizers",
  "keras.losses",
  "keras.metrics",
  "keras.callbacks",
  "keras.utils",
];
const roots = [
  [/^tensorflow\.compat\.v\d\b/, "tensorflow"],
  [/^tensorflow\.(?:python\.|contrib\.)?keras\b/, "keras"],
  [/^tensorflow\.(losses|metrics|optimizers|initializers)\b/, "keras.$1"],
  [/^(?:tf_keras|keras_core)\b/, "keras"],
  [/^keras\.(?:api|src)\b/, "keras"],
] as const;

/** Where tf.keras kept the optimizers that it had before 2.11. */
const LEGACY = "keras.optimizers.legacy";

/** The module that a spelling means: tensorflow.keras.layers and keras.layers.core are keras.layers. */
export function canonicalModule(path: string): string {
  let name = path;
  for (const [pattern, to] of roots) name = name.replace(pattern, to);
  if (!/^keras\b/.test(name) || name === LEGACY) return name;
  for (let found = name; ; found = found.slice(0, found.lastIndexOf("."))) {
    if (Object.hasOwn(KERAS_NAMES, found)) return found;
    if (found.split(".").length < 3 && !isOldModule(found)) return name;
  }
}

/** Older submodules of a family (`keras.layers.core`, `keras.optimizers.legacy`, `keras.engine`) hold its names. */
const isOldModule = (name: string): boolean =>
  /^keras\.(?:engine|legacy|experimental|wrappers|estimator)$/.test(name);

export const isKeras = (path: string): boolean => /^keras\b/.test(path);
/** A part of a library that is not Keras: nothing that is set there, as in `os.environ`, changes a model. */
export const isLibrary = (v: Value): boolean => is(v, "module") && !isKeras(v.path);
/** Every module of Keras. */
export const moduleNames: readonly string[] = Object.keys(KERAS_NAMES);
export const hasModule = (path: string): boolean => path === LEGACY || Object.hasOwn(KERAS_NAMES, path);

/** The entry of a name in a module of Keras. */
export function lookUp(module: string, name: string): KerasName | undefined {
  if (module === LEGACY) {
    const found = lookUp("keras.optimizers", name);
    return found?.kind === "class" ? { ...found, legacy: true } : undefined;
  }
  const table = Object.hasOwn(KERAS_NAMES, module) ? KERAS_NAMES[module] : undefined;
  if (table === undefined || !Object.hasOwn(table, name)) return undefined;
  const [kind, canonical = name, ...args] = table[name].split(" ");
  const star = args.indexOf("*");
  return {
    module,
    name: canonical,
    kind: kind as KerasName["kind"],
    args: star < 0 ? args : args.slice(0, star),
    keyword_only: star < 0 ? [] : args.slice(star + 1),
  };
}

/** The same name in another module, where people misplace it. */
export function elsewhere(name: string): KerasName | undefined {
  for (const home of homes) {
    const found = lookUp(home, name);
    if (found && found.kind !== "module") return found;
  }
  return undefined;
}

/** The nearest name of a module, and else of any other module. */
export function nearName(module: string, name: string): string | undefined {
  if (hasModule(`${module}.${name}s`)) return `Did you mean ${name}s?`;
  const own = closest(name, Object.keys(KERAS_NAMES[module] ?? {}));
  if (own !== undefined) return `Did you mean ${own}?`;
  for (const home of homes) {
    const near = closest(name, Object.keys(KERAS_NAMES[home]));
    if (near !== undefined) return `Did you mean ${home}.${near}?`;
  }
  return undefined;
}
