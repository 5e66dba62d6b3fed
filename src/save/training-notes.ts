import { innermost } from "../formats/legacy-order.ts";
import type { Generation } from "../ir/fields.ts";
import type { Layer, Model } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";

/** Which layers of a model the Keras that opens a file trains otherwise than the Keras that the model is of. */
export function trainedOtherwise(model: Model, keras: Generation): Note[] {
  if ((model.older ? "2" : "3") === keras) return [];
  const message =
    keras === "3"
      ? "Keras 3 trains a BatchNormalization in a TimeDistributed step by step, this model on all steps at once."
      : "Keras 2 trains a BatchNormalization in a TimeDistributed on all steps at once, this model step by step.";
  return [...new Set(innermost(model))]
    .filter(normalizesSteps)
    .map(({ name }) => ({ message, at: { path: name } }));
}

const normalizesSteps = ({ class_name, def, config }: Layer): boolean =>
  class_name === "TimeDistributed" &&
  Object.values(def?.parts?.(config) ?? {}).some((part) => part.def.name === "BatchNormalization");
