import { ModelError } from "../../diagnostics.ts";
import { chooseOptimizer } from "../../ir/catalogues.ts";
import { objectProblems } from "../../ir/compile-args.ts";
import { chooseCounted } from "../../ir/counted-optimizer.ts";
import type { CompileSpec } from "../../ir/spec.ts";
import { untrainedOptimizers } from "../../ir/untrained-optimizers.ts";
import type { Given } from "./arguments.ts";
import { KERAS_NAMES } from "./keras-names.gen.ts";
import { is } from "./values.ts";
import { where, type World } from "./world.ts";

/** What Keras has as classes that cannot be made without options, or that it finds by no name. */
const UNNAMED = ["Lamb", "LossScaleOptimizer", "MultiOptimizer", "OptimizerMap", "Optimizer"];

/**
 * Keras looks its optimizer up when a model is compiled: one that it does not know is an error, and with it whatever else
 * is wrong there; one that only Keras has can be read, but not trained with.
 */
export function lookUpOptimizer(w: World, spec: CompileSpec, { value, offset }: Given): void {
  const id = spec.optimizer;
  const isObject = is(value, "object");
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
    if (!isOfKeras(w, name, isObject)) {
      const all = objectProblems(spec);
      throw all.length > 0 ? new ModelError(all) : error;
    }
    if (isSpelledOut) chooseCounted(id, where(w, offset));
  }
}

/** Whether the snippet's Keras has an optimizer that is not known here, as a class or by its name. */
function isOfKeras({ library: { keras2 } }: World, name: unknown, is_class: boolean): boolean {
  if (typeof name !== "string") return false;
  const known = Object.keys(KERAS_NAMES["keras.optimizers"]).find(
    (one) => one.toLowerCase() === name.toLowerCase(),
  );
  if (known === undefined) return false;
  if (keras2) return is_class && untrainedOptimizers.some((one) => one.keras2 && one.name === known);
  return is_class || !UNNAMED.includes(known);
}
