import { flat } from "./models.ts";
import { describe, isInput, type LayerValue, type Value } from "./values.ts";
import { fail, note, statementText, type World } from "./world.ts";

export const isName = (attribute: string): boolean => attribute === "name" || attribute === "_name";

/** `layer.name = …`, which Keras 3 takes, and `layer._name = …`, which is the name to Keras 2 and nothing to Keras 3. */
export function rename(w: World, layer: LayerValue, attribute: string, v: Value, offset: number): void {
  if (attribute === "_name" && !w.library.keras2)
    return note(w, offset, `Not run: ${statementText(w)}. In Keras 3 the name stays: \`name\` sets it.`);
  if (attribute === "name" && w.library.keras2)
    fail(w, offset, "python-attribute", "Keras 2 does not let anybody set a name.", {
      hint: "Give it by name= where the layer or model is made.",
    });
  if (typeof v !== "string" || v === "")
    fail(w, offset, "python-value", "A name must be a string.", { received: describe(v) });
  if (v.includes("/") && !w.library.keras2)
    fail(w, offset, "python-value", "A name cannot contain /.", { received: describe(v) });
  if (namesData(w, layer))
    fail(
      w,
      offset,
      "python-unsupported",
      `A new name for '${layer.name}' is not read: a model's data have it.`,
      { hint: "Give it by name= where the layer is made." },
    );
  layer.name = v;
  layer.auto_name = false;
}

/** Whether inputs or outputs of a model are called as the layer was when they were made. */
const namesData = (w: World, layer: LayerValue): boolean =>
  isInput(layer) ||
  w.models.some(({ model }) => {
    const outputs = model?.outputs ? flat(model.outputs) : [];
    return outputs.length > 1 && outputs.some(({ node }) => node.layer === layer);
  });
