import { ModelError } from "../../diagnostics.ts";
import type { Layer, Model } from "../../ir/model.ts";
import { textLiteral } from "./literals.ts";
import { flagged, type Source, write } from "./source.ts";

/** Whether a model's own flag is off, so that lines behind it say the flags of all its layers. */
export const isFrozen = (model: Model): boolean => !model.trainable;

/** The flags of a frozen model: Keras hands a model's flag on to all its layers, and some may differ from it. */
export function flagLines(source: Source, model: Model, variable: string): void {
  if (!isFrozen(model)) return;
  write(source, `${variable}.trainable = False`);
  settle(source, model, variable, false);
}

function settle(source: Source, model: Model, path: string, now: boolean): void {
  for (const layer of flagged(model)) {
    const inside = `${path}.get_layer(${textLiteral(layer.name)})`;
    const flag = flagOf(layer);
    if (flag && !now && layer.weights.some((weight) => weight.adapted)) throw thaws(layer);
    if (flag !== now) write(source, `${inside}.trainable = ${flag ? "True" : "False"}`);
    if (layer.model) settle(source, layer.model, inside, flag);
  }
}

const thaws = ({ name }: Layer): ModelError =>
  new ModelError({
    code: "not-in-python",
    message:
      "The layer has lora factors in a frozen model, and is not frozen itself: Keras has no lines for that.",
    at: { path: name },
    hint: "Write a .keras or .h5 file: in code, trainable = True makes Keras train the kernel beside the factors.",
  });

const flagOf = (layer: Layer): boolean => (layer.model ? layer.model.trainable : layer.trainable);
