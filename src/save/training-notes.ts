import { activityRegularizer, sumsOverBatch } from "../ir/activity-penalty.ts";
import { innermost } from "../formats/legacy-order.ts";
import type { Generation } from "../ir/fields.ts";
import { trainsWeights } from "../ir/frozen-parts.ts";
import { inOneKernel } from "../ir/layers/attention/multi-head-attention.ts";
import { heedsMask } from "../ir/layers/normalization/sample-variance.ts";
import { type Layer, leaves, type Model } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";
import { axisOf } from "../ir/tensor.ts";
import { maskedCalls } from "../parser/other-masks.ts";

/** Which layers of a model the Keras that opens a file trains otherwise than the Keras that the model is of. */
export function trainedOtherwise(model: Model, keras: Generation): Note[] {
  return [
    ...penalisedOtherwise(model),
    ...penalisedBySteps(model, keras),
    ...normalizedOtherwise(model, keras),
    ...frozenOtherwise(model, keras),
  ];
}

/** The flag of a layer freezes the layers inside it in Keras 2 alone. */
function frozenOtherwise(model: Model, keras: Generation): Note[] {
  if ((model.older ? "2" : "3") === keras) return [];
  const message =
    keras === "3"
      ? "Keras 3 trains what is inside of this frozen layer, this model does not."
      : "Keras 2 does not train what is inside of this frozen layer, this model does.";
  return [...new Set(innermost(model))]
    .filter(
      (layer) =>
        layer.def?.trains_parts &&
        !layer.trainable &&
        trainsWeights(layer) === (keras === "2") &&
        layer.weights.some((weight) => weight.trainable),
    )
    .map(({ name }) => ({ message, at: { path: name } }));
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

/** What is inside a TimeDistributed. */
function penalisedBySteps(model: Model, keras: Generation): Note[] {
  if ((model.older ? "2" : "3") === keras) return [];
  const message = `Keras ${keras} counts the activity_regularizer inside of a TimeDistributed otherwise than this model.`;
  return [...new Set(innermost(model))]
    .filter(({ class_name, def, config }) => class_name === "TimeDistributed" && def?.penalises?.(config))
    .map(({ name }) => ({ message, at: { path: name } }));
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
  const images = keras === "2" ? maskedImages(model) : [];
  return [...steps, ...images, ...nothingLeft(model, keras)];
}

/** What a softmax makes of scores that are all masked. */
function nothingLeft(model: Model, keras: Generation): Note[] {
  const inner = model.layers.flatMap((layer) => (layer.model ? nothingLeft(layer.model, keras) : []));
  const own = maskedCalls(model).flatMap(({ layer, inputs, args }): Note[] => {
    const attends = layer.class_name === "MultiHeadAttention";
    if (!attends && (layer.class_name !== "Softmax" || !args.mask)) return [];
    const rank = leaves(inputs)[0].shape.length;
    const config = layer.config as { readonly dropout: number };
    const equal = attends && inOneKernel(config, rank, Boolean(args.return_attention_scores));
    return [{ message: (equal ? TRAINED : GIVEN)[keras], at: { path: layer.name } }];
  });
  return [...inner, ...own];
}

const GIVEN = {
  "2": "Where a mask leaves this layer nothing to see, Keras 2 weighs all alike, this model gives 0.",
  "3": "Where a mask leaves this layer nothing to see, Keras 3 gives 0, this model weighs all alike.",
};
const TRAINED = {
  "2": "Where a mask leaves this layer nothing to see, Keras 2 trains queries and keys, this model does not.",
  "3": "Where a mask leaves this layer nothing to see, Keras 3 does not train queries and keys, this model does.",
};

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
