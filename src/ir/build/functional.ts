import { didYouMean, type Where } from "../../diagnostics.ts";
import { type Call, leaves, type Model, type Value } from "../model.ts";
import type { Argument, CallSpec, ModelSpec, NestOf, TensorRef } from "../spec.ts";
import { callLayer } from "./call.ts";
import { construct, type Part } from "./construct.ts";
import { isInput } from "./sequential.ts";
import { called, join, placed, type Site } from "./site.ts";

/** One call that waits for its inputs. */
interface Pending {
  readonly part: Part;
  readonly node: number;
  readonly inputs: NestOf<TensorRef>;
  readonly refs: readonly TensorRef[];
  readonly training?: boolean;
  missing: number;
}

const nodeKey = (layer: string, node: number): string => `${node}/${layer}`;

/** A Functional model: every call in an order that can be run. */
export function functional(spec: ModelSpec, path: string, site: Site): Model {
  const parts = spec.layers.map((layer) => construct(layer, path, site));
  const byName = new Map(parts.map((part) => [part.spec.name, part]));
  if (byName.size < parts.length) duplicates(parts, site);
  const pending = parts.flatMap((part) => pendingCalls(part, byName, site));
  const before = site.problems.length;
  const { calls, values } = run(pending, site);
  const lost =
    calls.length < pending.length && site.problems.length === before && parts.every((part) => part.sound);
  if (lost) site.problems.push(unreachable(spec, pending, calls));
  const pick = (nest: NestOf<TensorRef>): NestOf<Value> =>
    mapNest(nest, (ref) => valueAt(ref, values, spec, byName, site));
  return {
    class_name: "Functional",
    name: spec.name,
    auto_name: spec.auto_name,
    trainable: spec.trainable,
    layers: parts.map((part) => part.layer),
    calls,
    inputs: pick(spec.inputs),
    outputs: pick(spec.outputs),
    built: true,
    ...(spec.compile && { compile: spec.compile }),
    at: spec.at,
  };
}

function duplicates(parts: readonly Part[], site: Site): void {
  const seen = new Set<string>();
  for (const { spec, path } of parts) {
    const message = `Two layers of one model are named ${called(spec.class_name, spec.name)}.`;
    if (seen.has(spec.name))
      site.problems.push({ code: "duplicate-name", message, at: placed(spec.at, path) });
    seen.add(spec.name);
  }
}

/** The calls of a layer; an InputLayer has one that nobody wrote. */
function pendingCalls(part: Part, byName: ReadonlyMap<string, Part>, site: Site): Pending[] {
  if (isInput(part.spec, site)) return [{ part, node: 0, inputs: [], refs: [], missing: 0 }];
  return part.spec.calls.flatMap((call, node) => {
    const inputs = passedTensors(part, call, site);
    if (inputs === undefined) return [];
    const refs = leaves(inputs);
    const known = refs.map((ref) => checkRef(ref, call.at, part, byName, site));
    if (known.includes(false)) return [];
    const training = typeof call.kwargs.training === "boolean" ? { training: call.kwargs.training } : {};
    return [
      {
        part,
        node,
        inputs,
        refs,
        missing: new Set(refs.map((ref) => nodeKey(ref.layer, ref.node))).size,
        ...training,
      },
    ];
  });
}

const FIRST = ["inputs", "x"];
/** Call arguments that choose nothing here: how a program is run says whether it trains. */
const SILENT = new Map<string, (value: Argument) => boolean>([
  ["training", (value) => value === null || typeof value === "boolean"],
  ["mask", (value) => value === null || (Array.isArray(value) && value.every((one) => one === null))],
]);

function passedTensors(part: Part, call: CallSpec, site: Site): NestOf<TensorRef> | undefined {
  const problem = (message: string, rest: { expected?: string; received?: string } = {}): undefined =>
    void site.problems.push({ code: "bad-call", message, at: placed(call.at, part.path), ...rest });
  const layer = called(part.spec.class_name, part.path);
  const named = FIRST.find((key) => Object.hasOwn(call.kwargs, key));
  const first = call.args.length ? call.args[0] : named && call.kwargs[named];
  const extra = Object.keys(call.kwargs).find((key) => key !== named && !SILENT.get(key)?.(call.kwargs[key]));
  if (extra !== undefined) return problem(`${layer} is called with ${extra}, which is not supported.`);
  if (call.args.slice(1).some((arg) => arg !== null))
    return problem(`${layer} is called with more than its input.`);
  if (!isTensors(first))
    return problem(`${layer} is not called on tensors.`, { expected: "a tensor or a list of tensors" });
  return first;
}

function isTensors(nest: Argument | undefined): nest is NestOf<TensorRef> {
  if (typeof nest !== "object" || nest === null) return false;
  if (Array.isArray(nest)) return nest.length > 0 && nest.every(isTensors);
  return (nest as TensorRef).kind === "tensor" || Object.values(nest as object).every(isTensors);
}

function checkRef(
  ref: TensorRef,
  at: Where,
  user: Part,
  byName: ReadonlyMap<string, Part>,
  site: Site,
): boolean {
  const source = byName.get(ref.layer);
  const calls = source && (isInput(source.spec, site) ? 1 : source.spec.calls.length);
  if (calls !== undefined && ref.node >= 0 && ref.node < calls) return true;
  const hint = source ? undefined : didYouMean(ref.layer, byName.keys());
  const message = source
    ? `${called("Layer", ref.layer)} has no call number ${ref.node}.`
    : `There is no layer ${JSON.stringify(ref.layer)} in this model.`;
  site.problems.push({ code: "bad-reference", message, at: placed(at, user.path), ...(hint && { hint }) });
  return false;
}

/** Makes every call whose inputs exist, first come first served, and each layer's own in the order of its nodes. */
function run(
  pending: readonly Pending[],
  site: Site,
): { calls: Call[]; values: Map<string, readonly Value[]> } {
  const users = new Map<string, Pending[]>();
  const wait = (key: string, call: Pending): void => void users.set(key, [...(users.get(key) ?? []), call]);
  for (const call of pending) {
    for (const key of new Set(call.refs.map((ref) => nodeKey(ref.layer, ref.node)))) wait(key, call);
    const before = nodeKey(call.part.spec.name, call.node - 1);
    if (call.node > 0) (call.missing++, wait(before, call));
  }
  const queue = pending.filter((call) => call.missing === 0);
  const values = new Map<string, readonly Value[]>();
  const calls: Call[] = [];
  for (const next of queue) {
    const call = makeCall(next, values, site);
    if (!call) continue;
    const key = nodeKey(next.part.spec.name, next.node);
    calls.push(call);
    values.set(key, call.outputs);
    for (const user of users.get(key) ?? []) if (--user.missing === 0) queue.push(user);
  }
  return { calls, values };
}

function makeCall(
  next: Pending,
  values: ReadonlyMap<string, readonly Value[]>,
  site: Site,
): Call | undefined {
  if (!next.part.sound) return undefined;
  let whole = true;
  const inputs = mapNest(next.inputs, (ref): Value => {
    const value = values.get(nodeKey(ref.layer, ref.node))?.[ref.tensor];
    if (!value) whole = false;
    return value ?? NOTHING;
  });
  if (whole) return callLayer(next.part, inputs, { site, scope: "" }, next.training);
  const message = `${called(next.part.spec.class_name, next.part.path)} is called on an output that does not exist.`;
  site.problems.push({ code: "bad-reference", message, at: placed(next.part.spec.at, next.part.path) });
  return undefined;
}

const NOTHING: Value = { kind: "value", layer: "", node: 0, tensor: 0, shape: [], dtype: "float32" };

function valueAt(
  ref: TensorRef,
  values: ReadonlyMap<string, readonly Value[]>,
  spec: ModelSpec,
  byName: ReadonlyMap<string, Part>,
  site: Site,
): Value {
  const value = values.get(nodeKey(ref.layer, ref.node))?.[ref.tensor];
  if (value) return value;
  if (site.problems.length === 0) {
    const hint = byName.has(ref.layer) ? undefined : didYouMean(ref.layer, byName.keys());
    const message = `Model "${spec.name}" has an input or output at ${ref.layer}, call ${ref.node}, tensor ${ref.tensor}, which does not exist.`;
    site.problems.push({ code: "bad-reference", message, at: spec.at, ...(hint && { hint }) });
  }
  return NOTHING;
}

function unreachable(
  spec: ModelSpec,
  pending: readonly Pending[],
  calls: readonly Call[],
): { code: string; message: string; at: Where } {
  const made = new Set(calls.map((call) => nodeKey(call.layer.name, call.node)));
  const left = pending
    .filter(({ part, node }) => !made.has(nodeKey(part.spec.name, node)))
    .map(({ part }) => part.spec.name);
  const message = `The calls of model "${spec.name}" go in a circle: ${[...new Set(left)].slice(0, 5).join(", ")}.`;
  return { code: "circular-model", message, at: placed(spec.at, join("", spec.name)) };
}

/** A nest of the same form with every leaf replaced. */
export function mapNest<T extends { readonly kind: string }, U>(
  nest: NestOf<T>,
  leaf: (value: T) => U,
): NestOf<U> {
  if (Array.isArray(nest)) return (nest as readonly NestOf<T>[]).map((part) => mapNest(part, leaf));
  if (typeof (nest as T).kind === "string") return leaf(nest as T);
  return Object.fromEntries(
    Object.entries(nest as Record<string, NestOf<T>>).map(([key, part]) => [key, mapNest(part, leaf)]),
  );
}
