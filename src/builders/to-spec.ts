import { buildDraws, constructionDraws } from "../ir/build.ts";
import { saysInputDim } from "../ir/layers/base.ts";
import { layerTable } from "../ir/layers/index.ts";
import { nameCounter } from "../ir/names.ts";
import { isLiteral } from "../ir/model.ts";
import { networkOf } from "../ir/network.ts";
import { pythonRandom } from "../ir/random/python-random.ts";
import type { Argument, CallSpec, LayerSpec, ModelSpec, TensorRef } from "../ir/spec.ts";
import {
  type CallRecord,
  flat,
  type Handle,
  isSymbolic,
  packed,
  type Passed,
  type SymbolicTensor,
  type Tensors,
} from "./handles.ts";
import { heldBy, withHeld } from "./held.ts";

/** What stands for a builder's model: a spec, and the seed its initial weights and random layers are drawn from. */
export interface BuiltSpec {
  readonly spec: ModelSpec;
  readonly seed?: number;
}

/** Names and seeds of every layer and model below one model, as Keras's first session would give them. */
interface Session {
  readonly names: ReadonlyMap<Handle, string>;
  /** The options of layers, those among them that are layers named. */
  readonly configs: ReadonlyMap<Handle, LayerSpec["config"]>;
  /** Of the InputLayer that Keras puts before a Sequential. */
  readonly inputs: ReadonlyMap<Handle, string>;
  readonly draws: ReadonlyMap<Handle, readonly number[]>;
  readonly ids: ReadonlyMap<Handle, number>;
}

export function specOf(root: Handle): BuiltSpec {
  const { seed } = root.model!;
  const session = sessionOf(root, seed);
  const spec = modelSpec(root, session);
  return seed === undefined ? { spec } : { spec, seed };
}

/** Every layer and model that belongs to one, each once. */
function handlesBelow(root: Handle): Handle[] {
  const found = new Set<Handle>();
  const queue = [root];
  for (const handle of queue) {
    if (found.has(handle)) continue;
    found.add(handle);
    queue.push(...partsOf(handle));
  }
  return [...found];
}

function partsOf(handle: Handle): readonly Handle[] {
  const { model } = handle;
  if (!model) return heldBy(handle);
  return model.class_name === "Sequential" ? model.layers : network(model.inputs, model.outputs).layers;
}

const network = (
  inputs: Tensors,
  outputs: Tensors,
): { nodes: ReadonlySet<CallRecord>; layers: readonly Handle[] } =>
  networkOf<Handle, CallRecord>(
    flat(inputs).map((t) => t.node),
    flat(outputs).map((t) => t.node),
  );

function sessionOf(root: Handle, seed: number | undefined): Session {
  const handles = handlesBelow(root).sort((a, b) => a.stamp - b.stamp);
  const next = nameCounter();
  const random = seed === undefined ? undefined : pythonRandom(seed);
  const session = {
    ids: new Map(handles.map((handle, k) => [handle, k])),
    names: new Map<Handle, string>(),
    configs: new Map<Handle, LayerSpec["config"]>(),
    inputs: new Map<Handle, string>(),
    draws: new Map<Handle, number[]>(),
  };
  const drawn = (count: number): number[] =>
    random ? Array.from({ length: count }, () => random.randint(1, 10 ** 9)) : [];
  const named = (handle: Handle): void => {
    session.names.set(handle, handle.name ?? next(handle.class_name.split(".").at(-1)!));
    const config = withHeld(handle.config, (layer) => heldConfig(layer, session));
    session.configs.set(handle, config);
    const count = handle.model ? 0 : constructionDraws(handle.class_name, config);
    if (random) session.draws.set(handle, drawn(count));
  };
  const built = (handle: Handle): void => {
    const count = handle.model ? 0 : buildDraws(handle.class_name, session.configs.get(handle)!);
    session.draws.get(handle)?.push(...drawn(count));
  };
  const events = handles.flatMap((handle) => [
    { at: handle.stamp, run: (): unknown => named(handle) },
    ...handle.calls.slice(0, 1).map((call) => ({ at: call.stamp, run: (): unknown => built(handle) })),
    ...hiddenInput(handle).map((at) => ({
      at,
      run: (): unknown => session.inputs.set(handle, next("InputLayer")),
    })),
  ]);
  for (const event of events.sort((a, b) => a.at - b.at)) event.run();
  return session;
}

/** A layer or model inside a layer, named and seeded before it. */
const heldConfig = (layer: Handle, session: Session): object => {
  const { class_name, ...options } = heldOptions(layer, session);
  return {
    class_name,
    config: { name: session.names.get(layer), ...options },
    shared_object_id: session.ids.get(layer),
    ...(session.draws.get(layer)?.length && { draws: [...session.draws.get(layer)!] }),
  };
};
/** A Sequential that nothing has built yet is built by the layer that holds it. */
function heldOptions(layer: Handle, session: Session): Readonly<Record<string, unknown>> {
  const { class_name, model } = layer;
  if (!model) return { class_name, ...session.configs.get(layer) };
  if (hiddenInput(layer).every(Number.isFinite))
    return { class_name: "Functional", network: modelSpec(layer, session) };
  return { class_name, layers: model.layers.map((one) => heldConfig(one, session)) };
}

/** When a Sequential makes the InputLayer that nobody wrote: none or one moment. */
function hiddenInput(handle: Handle): number[] {
  const first = handle.model?.class_name === "Sequential" ? handle.model.layers.at(0) : undefined;
  if (!first || first.class_name === "InputLayer") return [];
  const dim = saysInputDim(layerTable.get(first.class_name), first.config);
  const known = first.model !== undefined || "input_shape" in first.config || dim;
  const at = known ? handle.stamp + 0.5 : handle.calls.at(0)?.stamp;
  return [at ?? Infinity];
}

function modelSpec(handle: Handle, session: Session): ModelSpec {
  const { class_name, layers, inputs, outputs, trainable } = handle.model!;
  const name = session.names.get(handle)!;
  const base = { class_name, name, auto_name: handle.name === undefined, trainable, at: {} };
  if (class_name === "Functional") return { ...base, ...functionalParts(inputs, outputs, session) };
  const input_name = session.inputs.get(handle);
  const listed = layers.map((layer) => layerSpec(layer, [], session));
  return {
    ...base,
    layers: listed,
    inputs: [],
    outputs: [],
    ...(input_name !== undefined && { input_name }),
  };
}

function functionalParts(
  inputs: Tensors,
  outputs: Tensors,
  session: Session,
): Pick<ModelSpec, "layers" | "inputs" | "outputs"> {
  const { nodes, layers } = network(inputs, outputs);
  const numbers = new Map<CallRecord, number>();
  for (const layer of layers)
    layer.calls.filter((call) => nodes.has(call)).forEach((call, k) => numbers.set(call, k));
  const ref = ({ node, index }: SymbolicTensor): TensorRef => ({
    kind: "tensor",
    layer: session.names.get(node.layer)!,
    node: numbers.get(node) ?? 0,
    tensor: index,
  });
  const argument = (passed: Passed): Argument => {
    if (typeof passed !== "object" || passed === null || isLiteral(passed)) return passed;
    if (Array.isArray(passed)) return (passed as readonly Passed[]).map(argument);
    return packed(passed as Tensors, ref) as Argument;
  };
  const named = (kwargs: CallRecord["kwargs"]): CallSpec["kwargs"] =>
    Object.fromEntries(Object.entries(kwargs).map(([key, passed]) => [key, argument(passed)]));
  const calls = (layer: Handle): CallSpec[] =>
    layer.calls
      .filter((call) => nodes.has(call) && call.inputs.length > 0)
      .map(({ args, kwargs }) => ({ args: args.map(argument), kwargs: named(kwargs), at: {} }));
  return {
    layers: layers.map((layer) => layerSpec(layer, calls(layer), session)),
    inputs: isSymbolic(inputs) ? ref(inputs) : packed(inputs, ref),
    outputs: isSymbolic(outputs) ? ref(outputs) : packed(outputs, ref),
  };
}

function layerSpec(handle: Handle, calls: readonly CallSpec[], session: Session): LayerSpec {
  const draws = session.draws.get(handle);
  return {
    class_name: handle.class_name,
    name: session.names.get(handle)!,
    auto_name: handle.name === undefined,
    config: session.configs.get(handle)!,
    ...(handle.model && { model: modelSpec(handle, session) }),
    calls,
    id: session.ids.get(handle)!,
    ...(draws && { draws }),
    at: {},
  };
}
