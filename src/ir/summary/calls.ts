import { internal } from "../../diagnostics.ts";
import { since, type Version } from "./version.ts";
import { isSource, objectOf, usedBy, type Call, type Layer, type Model, type Value } from "../model.ts";

/** Every call of every layer object, numbered as Keras numbers them: over the object's whole life, not per model. */
export interface Calls {
  of(layer: Layer): readonly Call[];
  number(call: Call): number;
}

/** Nested models are made before the model that holds them, so that their calls come first. */
export function allCalls(model: Model, version: Version): Calls {
  const from = since(version, 3) ? "keras3" : "keras2";
  const calls = new Map<Layer, Call[]>();
  const numbers = new Map<Call, number>();
  const seen = new Set<Model>();
  const visit = (m: Model): void => {
    if (seen.has(m)) return;
    seen.add(m);
    for (const layer of m.layers) if (layer.model) visit(layer.model);
    for (const call of [...m.calls].sort((a, b) => a.node - b.node)) {
      const object = objectOf(call.layer);
      const list = calls.get(object) ?? [];
      calls.set(object, list);
      // an Input is called once in its life, whatever models begin with it
      numbers.set(call, isSource(object) ? 0 : (call.number?.[from] ?? list.length));
      list.push(call);
    }
  };
  visit(model);
  return {
    of: (layer) => calls.get(objectOf(layer)) ?? [],
    number: (call) => numbers.get(call) ?? call.node,
  };
}

/** The call in `model` that made a value. */
export function producers(model: Model): (value: Value) => Call {
  const key = (layer: string, node: number): string => `${node}:${layer}`;
  const made = new Map(model.calls.map((call) => [key(call.layer.name, call.node), call]));
  return (value) => {
    const call = made.get(key(value.layer, value.node));
    if (!call) throw internal(`a tensor of layer ${JSON.stringify(value.layer)} was made by no call`);
    return call;
  };
}

/**
 * Whether the summary needs no column "Connected to": a Sequential, or a chain of calls with one input each; a layer
 * called twice breaks it unless `may_repeat`; layers that are not shown do not count.
 */
export function isLinear(model: Model, may_repeat: boolean, unseen: ReadonlySet<Layer>): boolean {
  if (model.class_name === "Sequential") return true;
  const producer = producers(model);
  const calls = model.calls.filter(({ layer }) => !unseen.has(layer));
  const usedIn = (call: Call): Call[] =>
    usedBy(call)
      .map(producer)
      .filter(({ layer }) => !unseen.has(layer));
  const used = new Set(calls.flatMap(usedIn));
  const isChain = calls.every((call) => usedIn(call).length <= 1);
  const isOnce = new Set(calls.map((call) => objectOf(call.layer))).size === calls.length;
  return isChain && (may_repeat || isOnce) && calls.length - used.size === 1;
}
