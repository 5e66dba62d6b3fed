import { type Call, leaves, type Model, type Passed, usedBy, type Value, valuesIn } from "../../ir/model.ts";
import { isRecurrent } from "./layers.ts";

const keyOf = ({ layer, node, tensor }: Value): string => JSON.stringify([layer, node, tensor]);
const same = (a: Value | undefined, b: Value | undefined): boolean =>
  a !== undefined && b !== undefined && keyOf(a) === keyOf(b);

/** What is known of one model's tensors. */
interface Graph {
  readonly calls: readonly Call[];
  readonly producers: ReadonlyMap<string, Call>;
}

/**
 * The model without the operations by which Keras 3 computes masks, where TensorFlow.js makes the same masks by
 * itself; other masks stay arguments of calls.
 */
export function withImplicitMasks(model: Model): Model {
  const { calls } = model;
  const producers = new Map(calls.flatMap((call) => call.outputs.map((out) => [keyOf(out), call] as const)));
  const freed = calls.map((call) => withoutMask(call, { calls, producers }));
  const used = usedCalls(model, freed, producers);
  const kept = freed.filter((call, k) => call.layer.def?.module === undefined || used.has(calls[k]));
  const names = new Set(kept.map(({ layer }) => layer.name));
  const layers = model.layers
    .filter(({ name, def }) => def?.module === undefined || names.has(name))
    .map((layer) => ({
      ...layer,
      calls: layer.calls.map((call) => freed[calls.indexOf(call)] ?? call),
      ...(layer.model && { model: withImplicitMasks(layer.model) }),
    }));
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  return { ...model, layers, calls: kept.map((call) => ({ ...call, layer: byName.get(call.layer.name)! })) };
}

function withoutMask(call: Call, graph: Graph): Call {
  const { mask, ...args } = call.args;
  const [given] = mask === undefined ? [] : valuesIn(mask);
  const [input] = leaves(call.inputs);
  if (!same(given, input && maskOf(input, graph))) return call;
  return { ...call, args, positional: Math.min(call.positional, 1 + Object.keys(args).length) };
}

/** The calls that something besides the freed masks still needs. */
function usedCalls(model: Model, freed: readonly Call[], producers: Graph["producers"]): ReadonlySet<Call> {
  const used = new Set<Call>();
  const visit = (value: Value): void => {
    const call = producers.get(keyOf(value));
    if (!call || used.has(call)) return;
    used.add(call);
    for (const one of usedBy(freed[model.calls.indexOf(call)])) visit(one);
  };
  for (const value of leaves(model.outputs)) visit(value);
  return used;
}

/** The tensor that holds the mask which TensorFlow.js gives a tensor. */
function maskOf(value: Value, graph: Graph): Value | undefined {
  const call = graph.producers.get(keyOf(value));
  const [input] = call ? leaves(call.inputs) : [];
  if (!call || !input || call.layer.def?.arity === "many" || call.layer.model) return undefined;
  const { class_name, config } = call.layer;
  if (class_name === "Masking") return reduced(differing(input, config.mask_value, graph), graph);
  if (class_name === "Embedding") return config.mask_zero ? differing(input, 0, graph) : undefined;
  if (isRecurrent(call.layer)) {
    const inner = (config.layer as { readonly config: typeof config } | undefined)?.config ?? config;
    return inner.return_sequences ? maskOf(input, graph) : undefined;
  }
  return call.layer.def?.supports_masking ? maskOf(input, graph) : undefined;
}

/** The output of an operation on some arguments. */
const operation = (
  { calls }: Graph,
  name: string,
  fits: (args: Call["args"]) => boolean,
): Value | undefined =>
  calls.find(({ layer, args }) => layer.def?.module !== undefined && layer.class_name === name && fits(args))
    ?.outputs[0];

const differing = (x: Value, from: unknown, graph: Graph): Value | undefined =>
  operation(graph, "NotEqual", ({ x1, x2 }) => same(valueOf(x1), x) && x2 === from);
const reduced = (x: Value | undefined, graph: Graph): Value | undefined =>
  x && operation(graph, "Any", (args) => same(valueOf(args.x), x));
const valueOf = (passed: Passed | undefined): Value | undefined =>
  passed === undefined ? undefined : valuesIn(passed)[0];
