import { type Call, leaves, type Model, type Value } from "../../ir/model.ts";
import { isRecurrent } from "./layers.ts";

/** Which call made a mask. */
type MaskId = string | undefined;
type Ids = ReadonlySet<MaskId>;

/** What a tensor carries in Keras, and what in TensorFlow.js. */
interface Carried {
  readonly keras: MaskId;
  readonly tfjs: MaskId;
}
const NOTHING: Carried = { keras: undefined, tfjs: undefined };

/** Layers that hand the mask of their input on, in TensorFlow.js. */
const HANDS_ON: ReadonlySet<string> = new Set([
  ...["Activation", "AlphaDropout", "BatchNormalization", "Dense", "Dropout", "GaussianDropout"],
  ...["GaussianNoise", "LayerNormalization", "PReLU", "ReLU", "SpatialDropout1D", "TimeDistributed"],
]);

/** One model while its calls are gone through. */
interface Walk {
  readonly model: Model;
  readonly path: string;
  readonly carried: Map<string, Carried>;
  /** Masks that TensorFlow.js may still hold from calls in the models around this one. */
  readonly outer: Ids;
  /** By call: the calls that it depends on. */
  readonly before: Map<Call, ReadonlySet<Call>>;
  /** By call: the masks that it leaves behind. */
  readonly left: Map<Call, Ids>;
}

/** A call that would read another mask there than in Keras. */
export interface Misread {
  readonly call: Call;
  readonly path: string;
}

/**
 * Calls whose numbers depend on a mask that TensorFlow.js does not bring them: it loses masks on some layers, mixes
 * them up in merges, and hands the mask that it met last to every later layer that has none.
 */
export const misread = (model: Model): Misread[] => walk(model, model.name, new Set());

function walk(model: Model, path: string, outer: Ids): Misread[] {
  const state: Walk = { model, path, carried: new Map(), outer, before: new Map(), left: new Map() };
  for (const call of model.calls) note(call, state);
  return model.calls.flatMap((call) => faults(call, state));
}

const keyOf = ({ layer, node, tensor }: Value): string => JSON.stringify([layer, node, tensor]);
const carriedBy = (value: Value, { carried }: Walk): Carried => carried.get(keyOf(value)) ?? NOTHING;

/** What goes into a call and what comes out. */
function note(call: Call, state: Walk): void {
  const ins = leaves(call.inputs);
  const producers = state.model.calls.filter((one) =>
    one.outputs.some((out) => ins.some((x) => keyOf(x) === keyOf(out))),
  );
  state.before.set(call, new Set(producers.flatMap((one) => [one, ...(state.before.get(one) ?? [])])));
  const masks = ins.map((value) => carriedBy(value, state));
  const seen = masks.some(({ tfjs }) => tfjs !== undefined) ? [masks[0].tfjs] : [];
  state.left.set(call, new Set(call.layer.model ? [...seen, ...made(call.layer.model)] : seen));
  const out = outgoing(call, masks, state);
  for (const value of call.outputs) state.carried.set(keyOf(value), out);
}

/** The masks that a nested model makes for itself: they outlive it. */
const made = (model: Model): MaskId[] =>
  model.layers.flatMap((layer) =>
    layer.model
      ? made(layer.model)
      : makesMask(layer.class_name, layer.config)
        ? [`inside ${model.name}`]
        : [],
  );

/** Whether a layer makes a mask for what follows it. */
export const makesMask = (class_name: string, config: Readonly<Record<string, unknown>>): boolean =>
  class_name === "Masking" || (class_name === "Embedding" && config.mask_zero === true);

function outgoing(call: Call, masks: readonly Carried[], { path }: Walk): Carried {
  const { layer } = call;
  const [first = NOTHING] = masks;
  const here = `${path}/${layer.name}/${call.node}`;
  // what comes out of it there has no mask
  if (layer.model)
    return { keras: first.keras ?? (made(layer.model).length ? here : undefined), tfjs: undefined };
  if (makesMask(layer.class_name, layer.config)) return { keras: here, tfjs: here };
  const inner = (layer.config.layer as { readonly config?: unknown } | undefined)?.config ?? layer.config;
  if (isRecurrent(layer)) return (inner as { return_sequences?: unknown }).return_sequences ? first : NOTHING;
  if (layer.def?.arity === "many") {
    const any = (side: keyof Carried): MaskId =>
      masks.some((mask) => mask[side]) ? `${side} ${here}` : undefined;
    return { keras: any("keras"), tfjs: any("tfjs") };
  }
  return {
    keras: layer.def?.supports_masking ? first.keras : undefined,
    tfjs: HANDS_ON.has(layer.class_name) ? first.tfjs : undefined,
  };
}

function faults(call: Call, state: Walk): Misread[] {
  const path = `${state.path}/${call.layer.name}`;
  const here: Misread[] = [{ call, path }];
  const [first = NOTHING] = leaves(call.inputs).map((value) => carriedBy(value, state));
  if (call.layer.model) {
    if (first.keras !== undefined) return here;
    return walk(call.layer.model, path, new Set([...state.outer, ...leftovers(call, state)]));
  }
  const brought = first.tfjs === undefined ? leftovers(call, state) : new Set([first.tfjs]);
  const differs = [...brought].some((id) => id !== first.keras);
  const { class_name, config } = call.layer;
  if (isRecurrent(call.layer)) return differs || (first.keras !== undefined && fills(call)) ? here : [];
  if (class_name === "Softmax") return first.keras !== undefined || differs ? here : [];
  const inner = (config.layer as { readonly class_name?: string } | undefined)?.class_name ?? class_name;
  const pools = inner === "GlobalAveragePooling1D" || class_name !== inner;
  return pools &&
    !["Dense", "Activation", "Dropout"].includes(inner) &&
    (first.keras !== undefined || differs)
    ? here
    : [];
}

/** What a layer without a mask of its own may be handed: undefined among it where that may be none. */
function leftovers(call: Call, { model, before, left, outer }: Walk): Ids {
  const earlier = before.get(call)!;
  const possible = model.calls.filter((one) => one !== call && !before.get(one)!.has(call));
  const ids = possible.flatMap((one) => [...left.get(one)!]);
  const certain = [...earlier].some((one) => left.get(one)!.size > 0);
  return new Set([...ids, ...outer, ...(certain ? [] : [undefined])]);
}

/** Masked steps give something else there: zeros in Keras, or what the initial state is not. */
function fills({ layer, args }: Call): boolean {
  const inner = layer.config.layer as { readonly config: Readonly<Record<string, unknown>> } | undefined;
  const zeros = inner ? inner.config.return_sequences : layer.config.zero_output_for_mask;
  return zeros === true || Object.hasOwn(args, "initial_state");
}
