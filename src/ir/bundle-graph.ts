import { Builder } from "./builder.ts";
import type { Graph, Node, Variable } from "./graph.ts";
import type { Model, Weight } from "./model.ts";
import type { Chosen } from "./objects.ts";
import type { OptimizerDef } from "./optimizer.ts";
import { programOf } from "./program.ts";
import { forward, lossProgram, outputResult, trainableWeights, type Place, type Training } from "./train.ts";
import type { Outputs } from "./compile-args.ts";
import { update } from "./update.ts";

/** Where a bundle keeps the gradient of a weight after a step. */
export const gradientVariable = (weight: Weight): Variable => ({
  name: `@gradient/${weight.path}`,
  shape: weight.shape,
  kind: "state",
});

/** What a bundle trains with. */
export interface Step {
  readonly training: Training;
  readonly optimizer: Chosen<OptimizerDef>;
  /** The optimizer has made updates: its slots are not zero. */
  readonly continues: boolean;
}

/** One program for both entries of a bundle: the outputs in inference mode and, where asked for, a step of training. */
export function bundleGraph(model: Model, inputs: readonly Place[], outputs: Outputs, step?: Step): Graph {
  const b = new Builder(false);
  const predicted = forward(b, model, inputs).outputs;
  const results = new Map<string, Node>(
    outputs.names.map((_name, k) => [outputResult(outputs, k), predicted[k]]),
  );
  if (step) {
    b.training = true;
    const loss = lossProgram(b, step.training, false);
    // running means of the loss are the runtime's affair
    b.assigns.splice(
      0,
      b.assigns.length,
      ...b.assigns.filter(({ variable }) => !variable.name.startsWith("@metrics/")),
    );
    update(b, step.optimizer, loss, trainableWeights(model), { ...model, keep: gradientVariable });
    results.set("loss", b.label(loss, "loss"));
  }
  return programOf(b, results);
}
