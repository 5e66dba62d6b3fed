import { operationCall } from "../ir/build/operation-call.ts";
import { handsMasksOn } from "../ir/heeded-masks.ts";
import type { MaskSite } from "../ir/layer.ts";
import {
  type Call,
  leaves,
  type Model,
  type Passed,
  type Value,
  valueKey,
  valuesIn,
  withCalls,
} from "../ir/model.ts";
import { maskName } from "./clashing-masks.ts";

/** Whether Keras 3 would drop the mask of a call's input, which Keras 2 heeds beside initial states. */
export const dropsMask = ({ layer, args }: Call): boolean =>
  layer.def?.call !== undefined &&
  Object.hasOwn(args, "initial_state") &&
  valuesIn(args.initial_state).length > 0 &&
  !Object.hasOwn(args, "mask");

/**
 * A model of Keras 2 whose recurrent layers are given, as an argument, the masks that come with their inputs beside
 * initial states: Keras 3 drops those that are not said. What computes them are operations of the model.
 */
export function withSaidMasks(model: Model): Model {
  const dropping = (call: Call): boolean => call.layer.older !== undefined && dropsMask(call);
  if (!model.calls.some(dropping)) return model;
  const { make, made } = maker(model);
  const masks = new Map<string, Wanted>();
  const calls = model.calls.map((call): Call => {
    const [x] = leaves(call.inputs);
    const before = x && masks.get(valueKey(x));
    const mask = before && dropping(call) ? before() : undefined;
    if (call.outputs[0])
      masks.set(
        valueKey(call.outputs[0]),
        once(() => maskAfter(call, before, make)),
      );
    return mask ? { ...call, args: { ...call.args, mask } } : call;
  });
  const layers = model.layers.map((layer) => withCalls(layer, calls));
  // before whoever takes them: Keras 3.0 reads calls in the order of the layers
  const first = layers.findIndex((layer, k) => layer !== model.layers[k]);
  const operations = made.map(({ layer }) => layer);
  return {
    ...model,
    layers: layers.toSpliced(Math.max(0, first), 0, ...operations),
    calls: [...calls, ...made],
  };
}

/** The mask of a tensor, computed when somebody wants it; undefined where there is none, or none that can be said. */
type Wanted = () => Value | undefined;

function once(make: Wanted): Wanted {
  let made: { readonly mask: Value | undefined } | undefined;
  return () => (made ??= { mask: make() }).mask;
}

/** Makes calls of operations that are nodes of a model. */
function maker(model: Model): { readonly make: MaskSite<Value>["make"]; readonly made: readonly Call[] } {
  const names = new Set(model.layers.map(({ name }) => name));
  const made: Call[] = [];
  const make: MaskSite<Value>["make"] = (operation, config, ...args) => {
    const call = operationCall(
      operation,
      config,
      args as readonly Passed[],
      maskName(operation, config, names),
    );
    made.push(call);
    return call.outputs[0];
  };
  return { make, made };
}

/** The mask that a layer with one input hangs on its output; masks that are merged are not said. */
function maskAfter(
  { layer, inputs }: Call,
  before: Wanted | undefined,
  make: MaskSite<Value>["make"],
): Value | undefined {
  const { def, config } = layer;
  if (!def || !handsMasksOn(layer) || def.arity === "many") return undefined;
  if (!def.mask_nodes) return def.mask ? undefined : before?.();
  return def.mask_nodes<Value>(config, { x: leaves(inputs), masks: [before?.()], make });
}
