import { refsIn } from "../ir/build/arguments.ts";
import { leaves } from "../ir/model.ts";
import { type NetworkNode, networkOf } from "../ir/network.ts";
import type { CallSpec, LayerSpec, ModelSpec, NestOf, TensorRef } from "../ir/spec.ts";

type CallNode = NetworkNode<LayerSpec>;

/**
 * A Functional model with its layers in the order in which Keras lists them, by which it reads weights again. Each
 * keeps its place among those of Keras 1, whose order was another.
 */
export function inKerasOrder(spec: ModelSpec): ModelSpec {
  const nodes = new Map<string, CallNode & { inputs: CallNode["inputs"] }>();
  const key = (layer: string, node: number): string => `${node}/${layer}`;
  const all = spec.layers.flatMap((layer) => callsOf(layer).map((call, node) => ({ layer, call, node })));
  for (const { layer, node } of all) nodes.set(key(layer.name, node), { layer, inputs: [] });
  const used = (refs: readonly TensorRef[]): CallNode[] =>
    refs.flatMap((ref) => nodes.get(key(ref.layer, ref.node)) ?? []);
  for (const { layer, call, node } of all)
    nodes.get(key(layer.name, node))!.inputs = used(refsOf(call)).map((one) => ({ node: one }));
  const ends = (nest: NestOf<TensorRef>): CallNode[] => used(leaves(nest));
  const { layers } = networkOf<LayerSpec, CallNode>(ends(spec.inputs), ends(spec.outputs));
  const place = new Map(spec.layers.map((layer, k) => [layer, k]));
  const rest = spec.layers.filter((layer) => !layers.includes(layer));
  const listed = [...layers, ...rest];
  return {
    ...spec,
    layers: listed.map((layer) => ({ ...layer, keras1: { ...layer.keras1, place: place.get(layer)! } })),
  };
}

/** An input is called once, though no file says so. */
const callsOf = ({ calls }: LayerSpec): readonly (CallSpec | undefined)[] =>
  calls.length > 0 ? calls : [undefined];

const refsOf = (call: CallSpec | undefined): TensorRef[] =>
  call ? [...call.args, ...Object.values(call.kwargs)].flatMap(refsIn) : [];
