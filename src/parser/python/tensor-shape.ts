import { build } from "../../ir/build.ts";
import { leaves } from "../../ir/model.ts";
import { networkOf } from "./network.ts";
import { modelSpec } from "./spec-of.ts";
import { isInput, type LayerValue, type TensorValue, tuple, type Value } from "./values.ts";
import { spendSize, type World } from "./world.ts";

/** Shape of a Keras tensor, batch first: that of a model which ends in it. Throws what is wrong with its layers. */
export function tensorShape(w: World, tensor: TensorValue, offset: number): Value {
  const known = w.shapes.get(tensor) ?? inferred(w, tensor, offset);
  w.shapes.set(tensor, known);
  return tuple(known.map((n) => (n === null ? null : BigInt(n))));
}

function inferred(w: World, tensor: TensorValue, offset: number): readonly (number | null)[] {
  const { layers } = networkOf([], [tensor]);
  spendSize(w, layers.length * 400, offset);
  const inputs = layers.filter(isInput).map((layer) => layer.calls[0].outputs[0]);
  const probe: LayerValue = {
    ...tensor.node.layer,
    class_name: "Functional",
    name: "functional",
    model: { class_name: "Functional", layers: [], inputs, outputs: tensor, built: true },
  };
  return leaves(build(modelSpec(probe)).outputs)[0].shape;
}
