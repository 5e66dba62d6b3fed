import { activityRegularizer, sumsOverBatch } from "../ir/activity-penalty.ts";
import { innermost } from "../formats/legacy-order.ts";
import type { Generation } from "../ir/fields.ts";
import { heedsMask } from "../ir/layers/normalization/sample-variance.ts";
import type { Layer, Model } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";
import { axisOf } from "../ir/tensor.ts";

/** Which layers of a model the Keras that opens a file trains otherwise than the Keras that the model is of. */
export function trainedOtherwise(model: Model, keras: Generation): Note[] {
  return [...penalisedOtherwise(model), ...normalizedOtherwise(model, keras)];
}

/** No Keras that opens what is written adds a penalty as the first ones do. */
function penalisedOtherwise({ layers }: Model): Note[] {
  const message =
    "The Keras that opens the file divides the penalty of activity_regularizer by the batch, this model does not.";
  return layers.flatMap((layer) => {
    if (layer.model) return penalisedOtherwise(layer.model);
    return sumsOverBatch(layer.older) && activityRegularizer(layer)
      ? [{ message, at: { path: layer.name } }]
      : [];
  });
}

function normalizedOtherwise(model: Model, keras: Generation): Note[] {
  if ((model.older ? "2" : "3") === keras) return [];
  const message =
    keras === "3"
      ? "Keras 3 trains a BatchNormalization in a TimeDistributed step by step, this model on all steps at once."
      : "Keras 2 trains a BatchNormalization in a TimeDistributed on all steps at once, this model step by step.";
  const steps = [...new Set(innermost(model))]
    .filter(normalizesSteps)
    .map(({ name }): Note => ({ message, at: { path: name } }));
  return keras === "2" ? [...steps, ...maskedImages(model)] : steps;
}

/** BatchNormalization of images goes through one kernel there, which knows no masks. */
function maskedImages({ layers, calls }: Model): Note[] {
  const inner = layers.flatMap((layer) => (layer.model ? maskedImages(layer.model) : []));
  const own = calls.filter(({ layer, args, outputs: [made] }) => {
    if (layer.class_name !== "BatchNormalization" || !args.mask) return false;
    const { length } = made.shape;
    return !heedsMask(
      { version: "2.15.0" },
      length,
      axisOf((layer.config as { readonly axis: number }).axis, length),
    );
  });
  const message = "Keras 2 trains this BatchNormalization on masked steps, too, this model without them.";
  return [...inner, ...own.map(({ layer }) => ({ message, at: { path: layer.name } }))];
}

const normalizesSteps = ({ class_name, def, config }: Layer): boolean =>
  class_name === "TimeDistributed" &&
  Object.values(def?.parts?.(config) ?? {}).some((part) => part.def.name === "BatchNormalization");
