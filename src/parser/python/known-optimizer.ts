import { ModelError } from "../../diagnostics.ts";
import { chooseOptimizer } from "../../ir/catalogues.ts";
import { objectProblems } from "../../ir/compile-args.ts";
import type { CompileSpec } from "../../ir/spec.ts";
import { KERAS_NAMES } from "./keras-names.gen.ts";
import { note, where, type World } from "./world.ts";

/**
 * Keras looks its optimizer up when a model is compiled: one that it does not know is an error, and with it whatever else
 * is wrong there; one that only Keras has a note.
 */
export function lookUpOptimizer(w: World, spec: CompileSpec, offset: number): void {
  const id = spec.optimizer;
  try {
    chooseOptimizer(id, where(w, offset));
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (error.code !== "unknown-optimizer" && error.code !== "bad-optimizer") return;
    const name = typeof id === "string" ? id : (id as { readonly class_name?: unknown } | null)?.class_name;
    if (!isOfKeras(name)) throw new ModelError(objectProblems(spec));
    note(
      w,
      offset,
      `The optimizer ${name} is not supported: the model can be read, but not trained with it.`,
    );
  }
}

const isOfKeras = (name: unknown): name is string =>
  typeof name === "string" &&
  Object.keys(KERAS_NAMES["keras.optimizers"]).some((one) => one.toLowerCase() === name.toLowerCase());
