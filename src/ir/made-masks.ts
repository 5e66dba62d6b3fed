import { operationCall } from "./build/operation-call.ts";
import type { MaskSite } from "./layer.ts";
import { nameCounter } from "./names.ts";
import { type NetworkNode, networkOf } from "./network.ts";
import {
  type Call,
  type Layer,
  leaves,
  type Model,
  objectOf,
  type Passed,
  usedBy,
  type Value,
  valueKey,
  valuesIn,
  withCalls,
} from "./model.ts";

/** The name of an operation that is made, by its class and options. */
export type NameMask = (operation: string, config: Readonly<Record<string, unknown>>) => string;

/**
 * A model of Keras 3 as it opens it: where a call does not say the mask of its input, which other programs leave out of
 * their files, Keras says it, and what computes the mask becomes operations of the model.
 */
export function withMadeMasks(model: Model, name: NameMask = nameCounter()): Model {
  if (model.older) return model;
  const inner = new Map(model.layers.flatMap((layer) => withInner(layer, name)));
  return sayingMasks(
    inner.size > 0 ? withLayers(model, model.calls, inner) : model,
    name,
    ({ silent }) => !silent,
  );
}

/** The same, but for models inside; calls that do not take masks in this way are left alone. */
export function sayingMasks(
  model: Model,
  name: NameMask,
  takes: (call: Call) => boolean = () => true,
): Model {
  if (model.class_name === "Sequential") return model;
  const made: Call[] = [];
  const masks = new Map<string, Value>();
  const calls = model.calls.map((call): Call => {
    const mask = takes(call) ? passedTo(call, masks) : undefined;
    const said = mask ? { ...call, args: { ...call.args, mask } } : call;
    hang(said, masks, (operation, config, args) => {
      const one = operationCall(operation, config, args, name(operation, config));
      made.push(one);
      return one.outputs[0];
    });
    return said;
  });
  const changed = calls.some((call, k) => call !== model.calls[k]);
  return changed ? ordered(withLayers(model, calls), made) : model;
}

const withInner = (layer: Layer, name: NameMask): [Layer, Model][] => {
  const model = layer.model && withMadeMasks(layer.model, name);
  return model && model !== layer.model ? [[layer, model]] : [];
};

/** The model with other calls, and perhaps other models inside. */
export function withLayers(
  model: Model,
  calls: readonly Call[],
  inner: ReadonlyMap<Layer, Model> = new Map(),
): Model {
  const layers = model.layers.map((layer): Layer => {
    const held = inner.get(layer);
    return held
      ? { ...withCalls(layer, calls), origin: objectOf(layer), model: held }
      : withCalls(layer, calls);
  });
  return { ...model, layers, calls };
}

/** The mask that Keras passes to a call with one tensor and nothing else. */
function passedTo(call: Call, masks: ReadonlyMap<string, Value>): Value | undefined {
  const { layer, inputs, args, training } = call;
  const [only, ...others] = leaves(inputs);
  const alone = others.length === 0 && Object.keys(args).length === 0 && training === undefined;
  const takes = layer.model !== undefined || Object.hasOwn(layer.def?.call ?? {}, "mask");
  return takes && only && alone ? masks.get(valueKey(only)) : undefined;
}

type Make = (operation: string, config: Readonly<Record<string, unknown>>, args: readonly Passed[]) => Value;

/** Hangs the mask of a call's output on it. */
export function hang({ layer, inputs, args, outputs }: Call, masks: Map<string, Value>, make: Make): void {
  const { def, config } = layer;
  if (!def?.supports_masking || !outputs[0]) return;
  const x = leaves(inputs);
  const given = valuesIn(args.mask ?? null);
  const before = given.length > 0 ? given : x.map((value) => masks.get(valueKey(value)));
  const site: MaskSite<Value> = {
    x,
    masks: before,
    make: (name, options, ...rest) => make(name, options, rest),
  };
  const mask = def.mask_nodes ? def.mask_nodes<Value>(config, site) : def.mask ? undefined : before[0];
  if (mask) masks.set(valueKey(outputs[0]), mask);
}

interface CallNode extends NetworkNode<string> {
  inputs: readonly { readonly node: CallNode }[];
}

/** The model with more calls, its layers in the order of Keras. */
function ordered(model: Model, made: readonly Call[]): Model {
  const calls = [...model.calls, ...made];
  const key = ({ layer, node }: Pick<Value, "layer" | "node">): string => `${node}/${layer}`;
  const nodes = new Map(
    calls.map(({ layer, node }) => [
      key({ layer: layer.name, node }),
      { layer: layer.name, inputs: [] } as CallNode,
    ]),
  );
  for (const call of calls)
    nodes.get(key({ layer: call.layer.name, node: call.node }))!.inputs = usedBy(call).map((value) => ({
      node: nodes.get(key(value))!,
    }));
  const ends = (nest: Model["inputs"]): CallNode[] => leaves(nest).map((value) => nodes.get(key(value))!);
  const { layers } = networkOf<string, CallNode>(ends(model.inputs), ends(model.outputs));
  const all = new Map(
    [...model.layers, ...made.map(({ layer }) => layer)].map((layer) => [layer.name, layer]),
  );
  const listed = layers.flatMap((name) => all.get(name) ?? []);
  return { ...model, layers: listed, calls: calls.filter(({ layer }) => layers.includes(layer.name)) };
}
