import type { LayerValue } from "./values.ts";
import type { World } from "./world.ts";

/** Layers and operations a call of which makes one tensor for Keras 3, and no others. */
const plainOnes =
  /^(Dense|Dropout|Flatten|Activation|Conv[123]D|(Max|Average)Pooling[123]D|Global(Max|Average)Pooling[123]D|BatchNormalization|Reshape|Add|Concatenate|Multiply|Subtract)$/;

/** Keras 3 counts the tensors that it makes, and calls the input of a copied model by that; other layers lose the count. */
export function countTensors({ tensors }: World, { class_name }: LayerValue): void {
  if (tensors.count === undefined) return;
  if (plainOnes.test(class_name)) tensors.count++;
  else delete tensors.count;
}

export function nameInput({ tensors }: World, layer: LayerValue): void {
  const { count } = tensors;
  if (count === undefined) return;
  tensors.names.set(layer, count === 0 ? "keras_tensor" : `keras_tensor_${count}`);
  if (layer.auto_name) tensors.count = count + 1;
}
