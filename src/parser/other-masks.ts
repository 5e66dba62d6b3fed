import type { Diagnostic } from "../diagnostics.ts";
import type { Generation } from "../ir/fields.ts";
import { handsMasksOn, heedsMasks } from "../ir/heeded-masks.ts";
import type { InnerLayer } from "../ir/layer.ts";
import { loopsOverSteps } from "../ir/layers/wrappers/distributed-mask.ts";
import {
  type Call,
  type Layer,
  leaves,
  type Model,
  usedBy,
  type Value,
  valueKey,
  valuesIn,
} from "../ir/model.ts";
import { dropsMask, withSaidMasks } from "./said-masks.ts";

/** Which call made the mask that a tensor carries, or which tensor's zeros it masks; undefined where it carries none. */
type Origin = string | undefined;

/** Calls that this Keras would mask otherwise than the Keras that the model is of. */
export function maskedOtherwise(of: Model, path: string, keras: Generation): Diagnostic[] {
  const model = keras === "3" ? withSaidMasks(of) : of;
  const origins = new Map<string, Origin>();
  const partly = new Map<string, Call>();
  return model.calls.flatMap((call) => {
    const values = leaves(call.inputs);
    const found = values.map((value) => origins.get(valueKey(value)));
    const made = originAfter(call, found);
    const remade = remakesMask(call, found) || endsMask(call, found);
    const doubt =
      remade || joinsPartly(call, found)
        ? call
        : values.map((value) => partly.get(valueKey(value))).find(Boolean);
    for (const value of call.outputs) {
      origins.set(valueKey(value), made);
      if (doubt && (remade || made !== undefined)) partly.set(valueKey(value), doubt);
    }
    if (unheeded(call) && usedBy(call).some((value) => origins.get(valueKey(value)) !== undefined))
      return [{ ...problem(call, path, keras, UNHEEDED), hint: "Compile the model to a bundle." }];
    if ((keras === "2") === (call.layer.older !== undefined)) return [];
    const read =
      doubt && doubt !== call && heeds(call) ? [problem(doubt, path, keras, partMasked(doubt, keras))] : [];
    const inside = call.layer.model?.calls.some(heeds) && endsMask(call, found);
    if (inside) return [problem(call, path, keras, partMasked(call, keras))];
    const message = joins(call, found, keras) ?? drops(call, found, keras);
    return message === undefined ? read : [problem(call, path, keras, message)];
  });
}

/** Calls that use a tensor with a mask, or are given one. */
export function maskedCalls({ calls }: Model): Call[] {
  const origins = new Map<string, Origin>();
  return calls.filter((call) => {
    const made = originAfter(
      call,
      leaves(call.inputs).map((value) => origins.get(valueKey(value))),
    );
    for (const value of call.outputs) origins.set(valueKey(value), made);
    const given = Object.keys(call.args).some((key) => isMask(key) && valuesIn(call.args[key]).length > 0);
    return given || usedBy(call).some((value) => origins.get(valueKey(value)) !== undefined);
  });
}

const isMask = (key: string): boolean => /(^|_)mask$/.test(key);

/** Whether the Keras of the model heeds no mask here, as every later one does. */
const unheeded = ({ layer, outputs: [made] }: Call): boolean =>
  layer.model
    ? layer.model.calls.some(unheeded)
    : mattersInside(layer) && (!heedsMasks(layer) || (innerOf(layer) !== undefined && loops(layer, made)));

const loops = ({ older }: Layer, { shape: [batch] }: Value): boolean =>
  loopsOverSteps({ ...(older && { older }), ...(batch !== null && { fixed_batch: true as const }) });

const innerOf = ({ class_name, def, config }: Layer): InnerLayer | undefined =>
  class_name === "TimeDistributed" ? Object.values(def?.parts?.(config) ?? {})[0] : undefined;

/** Whether the layer that a TimeDistributed holds takes masks. */
function mattersInside(layer: Layer): boolean {
  const inner = innerOf(layer);
  return !inner || Object.hasOwn(inner.def.call ?? {}, "mask");
}

/** A TimeDistributed whose layer makes masks, or ends them, which later versions of Keras 2 heed and Keras 3 does not. */
function remakesMask({ layer, inputs, outputs: [made] }: Call, [mask]: readonly Origin[]): boolean {
  const inner = innerOf(layer);
  if (!inner) return false;
  const [x] = leaves(inputs);
  return makesMask(inner) || (mask !== undefined && made.shape.length < x.shape.length);
}

/** A layer that hands masks on in Keras 3 alone, or a model with one. */
const endsMask = ({ layer, args }: Call, [mask]: readonly Origin[]): boolean =>
  (mask !== undefined || valuesIn(args.mask ?? null).length > 0) && endsInKeras2(layer);
const endsInKeras2 = ({ model, def }: Layer): boolean =>
  model
    ? model.calls.some(({ layer }) => endsInKeras2(layer))
    : def?.older?.masks_since?.hands_on === Infinity;

const makesMask = ({ def, config }: InnerLayer): boolean =>
  def.name === "Masking" ||
  config.mask_zero === true ||
  Object.values(def.parts?.(config) ?? {}).some(makesMask);

const UNHEEDED = "Today's Keras heeds the mask of this layer's input, the Keras of this model does not.";

const problem = ({ layer }: Call, path: string, keras: Generation, message: string): Diagnostic => ({
  code: `not-in-keras-${keras}`,
  message,
  at: { path: `${path}/${layer.name}` },
  hint: `Write it for Keras ${keras === "2" ? "3" : "2"}, or compile the model to a bundle.`,
});

/** Whether the numbers of a call depend on the mask that comes with its input. */
const heeds = ({ layer, args }: Call): boolean =>
  valuesIn(args.mask ?? null).length === 0 &&
  (layer.model !== undefined || Object.keys(layer.def?.call ?? {}).some(isMask));

/** Whether masks become one by all their elements in Keras 2, and by any in Keras 3. */
function joinsMasks({ layer: { def, config, class_name }, outputs: [made] }: Call): boolean {
  if (class_name !== "Concatenate") return def?.joins_masks === true;
  const { axis } = config as { readonly axis: number };
  // along other axes each step keeps its own
  return axis === -1 || axis === made.shape.length - 1;
}

const distinct = (masks: readonly Origin[]): number =>
  new Set(masks.filter((origin) => origin !== undefined)).size;

/** One mask and inputs without any: Keras 2 keeps it, Keras 3 does not. */
const joinsPartly = (call: Call, masks: readonly Origin[]): boolean =>
  joinsMasks(call) && distinct(masks) === 1 && masks.includes(undefined);

const partMasked = (doubt: Call, keras: Generation): string =>
  innerOf(doubt.layer) || !joinsMasks(doubt)
    ? `Keras ${keras} gives another mask on from this ${doubt.layer.class_name} than the Keras of this model.`
    : keras === "2"
      ? "Keras 2 keeps the mask where other inputs of this layer come without, the Keras of this model drops it."
      : "Keras 3 drops the mask where other inputs of this layer come without, the Keras of this model keeps it.";

/** Different masks are joined by AND in Keras 2, by OR in Keras 3. */
function joins(call: Call, masks: readonly Origin[], keras: Generation): string | undefined {
  if (!joinsMasks(call) || distinct(masks) < 2) return undefined;
  return `Keras ${keras} joins the different masks of this layer's inputs by ${keras === "2" ? "AND" : "OR"}, the Keras of this model by ${keras === "2" ? "OR" : "AND"}.`;
}

/** The mask of a layer's input goes into it beside initial states in Keras 2, but not in Keras 3. */
function drops(call: Call, [mask]: readonly Origin[], keras: Generation): string | undefined {
  if (mask === undefined || !dropsMask(call)) return undefined;
  return keras === "3"
    ? "Keras 3 drops the mask of an input that is given with initial states, the Keras of this model heeds it."
    : "Keras 2 heeds the mask of an input that is given with initial states, the Keras of this model drops it.";
}

function originAfter({ layer, node, inputs }: Call, masks: readonly Origin[]): Origin {
  const { def, config, class_name } = layer;
  const here = `${layer.name}/${node}`;
  if (class_name === "Masking") return here;
  // any table masks the same numbers
  if (class_name === "Embedding" && config.mask_zero === true) return valueKey(leaves(inputs)[0]);
  const known = new Set(masks.filter((origin) => origin !== undefined));
  if (def?.arity === "many") return known.size > 1 ? here : [...known][0];
  const ends = "return_sequences" in config ? config.return_sequences !== true : !handsMasksOn(layer);
  return ends && !layer.model ? undefined : masks[0];
}
