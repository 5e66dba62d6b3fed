import { ModelError } from "../diagnostics.ts";
import type { LegacyFile } from "../formats/model-file.ts";
import type { Model } from "../ir/model.ts";
import type { ModelSpec, Note } from "../ir/spec.ts";
import { formatShape, type Shape } from "../ir/tensor.ts";

/** A model whose input its weights tell, and how. */
export interface Found {
  readonly spec: ModelSpec;
  readonly ir: Model;
  readonly notes: readonly Note[];
}

/**
 * Keras 2.2 to 2.3 and the tf.keras of that time leave out the InputLayer of a Sequential, and cannot open the file themselves
 * ("a weight file containing 3 layers into a model with 0 layers"). Where its first layer's arrays fit one input alone,
 * and all layers fit that, the model is read; undefined elsewhere.
 */
export function withLostInput(
  spec: ModelSpec,
  ir: Model,
  file: LegacyFile,
  build: (spec: ModelSpec) => Model,
): Found | undefined {
  const shape = inputOf(ir, file);
  if (ir.built || ir.class_name !== "Sequential" || !shape) return undefined;
  try {
    const whole = { ...spec, build_input_shape: shape };
    const message = `The file does not say the shape of the input: ${formatShape(shape)} follows from the weights of ${ir.layers[0].name}.`;
    return { spec: whole, ir: build(whole), notes: [{ message, at: ir.at }] };
  } catch (error) {
    // the sizes of an image, say, are needed and not known
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

function inputOf({ layers: [first] }: Model, { weights }: LegacyFile): Shape | undefined {
  const saved = weights.find(({ name }) => name === first?.name)?.weights.map((array) => array.shape) ?? [];
  const shape = saved.length > 0 ? first.def?.older?.input_of?.(first.config, saved) : undefined;
  return shape?.every((size) => size === null || size > 0) ? [null, ...shape] : undefined;
}
