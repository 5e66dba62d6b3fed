import { ModelError } from "../../diagnostics.ts";
import { chooseOptimizer } from "../../ir/catalogues.ts";
import { objectProblems } from "../../ir/compile-args.ts";
import type { CompileSpec } from "../../ir/spec.ts";
import type { Given } from "./arguments.ts";
import { KERAS_NAMES } from "./keras-names.gen.ts";
import { is } from "./values.ts";
import { where, type World } from "./world.ts";

/**
 * Keras looks its optimizer up when a model is compiled: one that it does not know is an error, and with it whatever else
 * is wrong there; one that only Keras has can be read, but not trained with.
 */
export function lookUpOptimizer(w: World, spec: CompileSpec, { value, offset }: Given): void {
  const id = spec.optimizer;
  const isSpelledOut = is(value, "dict");
  try {
    chooseOptimizer(id, where(w, offset));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (error.code !== "unknown-optimizer" && error.code !== "bad-optimizer") {
      if (isSpelledOut) throw error;
      return;
    }
    const name = typeof id === "string" ? id : (id as { readonly class_name?: unknown } | null)?.class_name;
    if (!isOfKeras(name)) {
      const all = objectProblems(spec);
      throw all.length > 0 ? new ModelError(all) : error;
    }
  }
}

/** Whether Keras has an optimizer of this name. */
export const isOfKeras = (name: unknown): name is string =>
  typeof name === "string" &&
  Object.keys(KERAS_NAMES["keras.optimizers"]).some((one) => one.toLowerCase() === name.toLowerCase());
