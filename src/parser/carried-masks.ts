import { operationCall } from "../ir/build/operation-call.ts";
import { hang, withLayers } from "../ir/made-masks.ts";
import {
  type Call,
  isLiteral,
  type Layer,
  leaves,
  type Model,
  objectOf,
  type Passed,
  usedBy,
  type Value,
  valueKey,
} from "../ir/model.ts";
import { isOperation } from "./tensorflow/write.ts";

/**
 * A model of Keras 3 that leaves out masks that come with the input in Keras 2, too, where a layer takes them as an
 * argument only lately; and the operations that compute them for nobody else.
 */
export function withoutCarriedMasks(model: Model): Model {
  if (model.older || model.class_name === "Sequential") return withInner(model, model.calls);
  const { carried, recipe } = maskTracker(model);
  const calls = model.calls.map((call): Call => {
    const mask = carried(call);
    const late = call.layer.def?.late_arguments?.includes("mask") && call.args.mask;
    if (!mask || !late || recipe(late) !== recipe(mask)) return call;
    const { mask: _said, ...args } = call.args;
    return { ...call, args };
  });
  const changed = calls.some((call, k) => call !== model.calls[k]);
  return withInner(model, changed ? wanted(model, calls) : model.calls);
}

function withInner(model: Model, calls: readonly Call[]): Model {
  const inner = new Map(
    model.layers.flatMap((layer): [Layer, Model][] => {
      const bare = layer.model && withoutCarriedMasks(layer.model);
      return bare && bare !== layer.model ? [[layer, bare]] : [];
    }),
  );
  if (calls === model.calls && inner.size === 0) return model;
  const said = withLayers(model, calls, inner);
  const called = new Set(calls.map(({ layer }) => objectOf(layer)));
  const layers = said.layers.filter((layer) => !isOperation(layer) || called.has(objectOf(layer)));
  return { ...said, layers };
}

/** The calls without operations whose results nobody uses. */
function wanted(model: Model, calls: readonly Call[]): readonly Call[] {
  const used = new Set([...calls.flatMap(usedBy), ...leaves(model.outputs)].map(valueKey));
  const left = calls.filter(
    ({ layer, outputs }) => !isOperation(layer) || outputs.some((value) => used.has(valueKey(value))),
  );
  return left.length === calls.length ? calls : wanted(model, left);
}

interface MaskTracker {
  /** The mask that comes with a call's input, if the same one comes in both generations; to be asked in the order of the calls. */
  carried(call: Call): Value | undefined;
  /** How something is computed: the same text for equal numbers, whatever the names of operations. */
  recipe(passed: Passed): string;
}

function maskTracker(model: Model): MaskTracker {
  const makers = new Map<string, Call>();
  const known = (call: Call): void => call.outputs.forEach((value) => makers.set(valueKey(value), call));
  model.calls.filter(({ layer }) => isOperation(layer)).forEach(known);
  const masks = new Map<string, Value>();
  const make: Parameters<typeof hang>[2] = (operation, config, args) => {
    const call = operationCall(operation, config, args, `mask of ${makers.size}`);
    known(call);
    return call.outputs[0];
  };
  const recipe = (passed: Passed): string => {
    if (typeof passed !== "object" || passed === null || isLiteral(passed)) return JSON.stringify(passed);
    if (Array.isArray(passed)) return `[${(passed as readonly Passed[]).map(recipe).join()}]`;
    const value = passed as Value;
    const call = value.kind === "value" ? makers.get(valueKey(value)) : undefined;
    if (!call) return value.kind === "value" ? valueKey(value) : JSON.stringify(passed);
    const { layer, args, inputs } = call;
    const given = Object.values(args).map(recipe);
    return `${layer.class_name}${JSON.stringify(layer.config)}(${[...leaves(inputs).map(recipe), ...given].join()})`;
  };
  const carried = (call: Call): Value | undefined => {
    const found = leaves(call.inputs).map((value) => masks.get(valueKey(value)));
    const same = new Set(found.map((mask) => mask && recipe(mask))).size === 1;
    hang(call, masks, make);
    // different masks are joined otherwise in Keras 2
    if (!same && call.outputs[0]) masks.delete(valueKey(call.outputs[0]));
    return found[0];
  };
  return { carried, recipe };
}
