import type { Diagnostic } from "../diagnostics.ts";
import type { Generation } from "../ir/fields.ts";
import { type Call, leaves, type Model, valueKey } from "../ir/model.ts";
import { dropsMask, withSaidMasks } from "./said-masks.ts";

/** Which call made the mask that a tensor carries; undefined where it carries none. */
type Origin = string | undefined;

/** Calls that this Keras would mask otherwise than the Keras that the model is of. */
export function maskedOtherwise(of: Model, path: string, keras: Generation): Diagnostic[] {
  const model = keras === "3" ? withSaidMasks(of) : of;
  const origins = new Map<string, Origin>();
  return model.calls.flatMap((call) => {
    const found = leaves(call.inputs).map((value) => origins.get(valueKey(value)));
    const made = originAfter(call, found);
    for (const value of call.outputs) origins.set(valueKey(value), made);
    if ((keras === "2") === (call.layer.older !== undefined)) return [];
    const message = joins(call, found, keras) ?? drops(call, found, keras);
    if (message === undefined) return [];
    return [
      {
        code: `not-in-keras-${keras}`,
        message,
        at: { path: `${path}/${call.layer.name}` },
        hint: `Write it for Keras ${keras === "2" ? "3" : "2"}, or compile the model to a bundle.`,
      },
    ];
  });
}

/** Different masks are joined by AND in Keras 2, by OR in Keras 3. */
function joins({ layer }: Call, masks: readonly Origin[], keras: Generation): string | undefined {
  const several = new Set(masks.filter((origin) => origin !== undefined)).size > 1;
  if (!layer.def?.joins_masks || !several) return undefined;
  return `Keras ${keras} joins the different masks of this layer's inputs by ${keras === "2" ? "AND" : "OR"}, the Keras of this model by ${keras === "2" ? "OR" : "AND"}.`;
}

/** The mask of a layer's input goes into it beside initial states in Keras 2, but not in Keras 3. */
function drops(call: Call, [mask]: readonly Origin[], keras: Generation): string | undefined {
  if (mask === undefined || !dropsMask(call)) return undefined;
  return keras === "3"
    ? "Keras 3 drops the mask of an input that is given with initial states, the Keras of this model heeds it."
    : "Keras 2 heeds the mask of an input that is given with initial states, the Keras of this model drops it.";
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
