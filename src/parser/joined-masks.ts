import type { Diagnostic } from "../diagnostics.ts";
import type { Generation } from "../ir/fields.ts";
import { type Call, leaves, type Model, type Value } from "../ir/model.ts";

/** Which call made the mask that a tensor carries; undefined where it carries none. */
type Origin = string | undefined;

const keyOf = ({ layer, node, tensor }: Value): string => JSON.stringify([layer, node, tensor]);

/** Layers that join different masks, which this Keras would join otherwise than the Keras that the model is of: Keras 2 by AND, Keras 3 by OR. */
export function joinedOtherwise(model: Model, path: string, keras: Generation): Diagnostic[] {
  const origins = new Map<string, Origin>();
  return model.calls.flatMap((call) => {
    const found = leaves(call.inputs).map((value) => origins.get(keyOf(value)));
    const made = originAfter(call, found);
    for (const value of call.outputs) origins.set(keyOf(value), made);
    const { def, older } = call.layer;
    const several = new Set(found.filter((origin) => origin !== undefined)).size > 1;
    if (!def?.joins_masks || !several || (keras === "2") === (older !== undefined)) return [];
    return [
      {
        code: `not-in-keras-${keras}`,
        message: `Keras ${keras} joins the different masks of this layer's inputs by ${keras === "2" ? "AND" : "OR"}, the Keras of this model by ${keras === "2" ? "OR" : "AND"}.`,
        at: { path: `${path}/${call.layer.name}` },
        hint: `Write it for Keras ${keras === "2" ? "3" : "2"}, or compile the model to a bundle.`,
      },
    ];
  });
}

function originAfter({ layer, node }: Call, masks: readonly Origin[]): Origin {
  const { def, config, class_name } = layer;
  const here = `${layer.name}/${node}`;
  const makes = class_name === "Masking" || (class_name === "Embedding" && config.mask_zero === true);
  if (makes) return here;
  const known = new Set(masks.filter((origin) => origin !== undefined));
  if (def?.arity === "many") return known.size > 1 ? here : [...known][0];
  const ends = "return_sequences" in config ? config.return_sequences !== true : !def?.supports_masking;
  return ends && !layer.model ? undefined : masks[0];
}
