import { nameCounter } from "../ir/names.ts";
import type { KerasJson } from "./keras-json-write.ts";

const isObject = (v: unknown): v is KerasJson => typeof v === "object" && v !== null && !Array.isArray(v);
/** Functions stand in modules of Keras's own; a plain one has no options but its name. */
const hasOptions = ({ module, config }: KerasJson): boolean =>
  typeof module === "string" &&
  module.startsWith("keras.src.ops.") &&
  Object.keys(config as object).length > 1;

/**
 * The same model without the names of operations that Keras's counter gives again on reading: until 3.11 Keras takes none
 * for operations with options.
 */
export function withCountedNames(model: KerasJson): KerasJson {
  const next = nameCounter();
  const visit = (object: KerasJson): KerasJson => {
    const config = object.config as KerasJson;
    if (Array.isArray(config.layers)) {
      const layers = (config.layers as readonly unknown[]).map((one) => (isObject(one) ? visit(one) : one));
      return { ...object, config: { ...config, layers } };
    }
    if (!hasOptions(object)) return object;
    const { name, ...options } = config;
    return peek(object.class_name as string, name) ? { ...object, config: options } : object;
  };
  const counts = new Map<string, string>();
  /** Whether the next name of a class is this one; it is given out then. */
  const peek = (class_name: string, name: unknown): boolean => {
    const wanted = counts.get(class_name) ?? next(class_name);
    counts.set(class_name, wanted);
    if (wanted !== name) return false;
    counts.delete(class_name);
    return true;
  };
  return visit(model);
}
