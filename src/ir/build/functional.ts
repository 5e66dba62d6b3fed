import { type Diagnostic, didYouMean, type Where } from "../../diagnostics.ts";
import {
  type Call,
  isSource,
  type Layer,
  leaves,
  mapNest,
  type Model,
  type Passed,
  usedBy,
  type Value,
} from "../model.ts";
import { runOrder } from "../network.ts";
import type { CallNumber, ModelSpec, NestOf, TensorRef } from "../spec.ts";
import { bindCall, type BoundCall, mapRefs, refsIn } from "./arguments.ts";
import { callLayer, type Rest } from "./call.ts";
import { construct, type Part } from "./construct.ts";
import { isInput } from "./sequential.ts";
import { called, placed, type Site } from "./site.ts";

/** One call that waits for its inputs. */
interface Pending {
  readonly part: Part;
  readonly node: number;
  readonly number?: CallNumber;
  readonly bound: BoundCall;
  readonly refs: readonly TensorRef[];
  missing: number;
}

const nodeKey = (layer: string, node: number): string => `${node}/${layer}`;

/** A Functional model: every call in an order that can be run. */
export function functional(spec: ModelSpec, path: string, site: Site): Model {
  const faults = site.problems.length;
  const parts = spec.layers.map((layer) => construct(layer, path, site));
  const byName = new Map(parts.map((part) => [part.spec.name, part]));
  if (byName.size < parts.length) duplicates(parts, site);
  const pending = parts.flatMap((part) => pendingCalls(part, byName, site));
  const { calls, values } = run(pending, site);
  // what is at fault is not called, nor what waits for it
  const lost = calls.length < pending.length && site.problems.length === faults;
  if (lost) site.problems.push(unreachable(spec, pending, calls));
  const pick = (end: "input" | "output"): NestOf<Value> =>
    mapNest(spec[`${end}s`], (ref) => valueAt(ref, end, values, spec, byName, site));
  const inputs = pick("input");
  const outputs = pick("output");
  const ordered = site.problems.length ? calls : inRunOrder(calls, outputs);
  if (site.problems.length === 0) disconnected(spec, calls, inputs, outputs, site);
  return {
    class_name: "Functional",
    name: spec.name,
    auto_name: spec.auto_name,
    trainable: spec.trainable,
    layers: parts.map((part) => part.layer),
    calls: ordered,
    inputs,
    outputs,
    built: true,
    ...(spec.compile && { compile: spec.compile }),
    at: spec.at,
  };
}

interface CallNode {
  readonly layer: Layer;
  readonly call: Call;
  readonly inputs: readonly { readonly node: CallNode }[];
}

/** The calls in the order in which Keras makes them: whoever takes a mask off takes it off for those that come later. */
function inRunOrder(calls: readonly Call[], outputs: NestOf<Value>): Call[] {
  const nodes = new Map<string, CallNode>();
  const nodeOf = ({ layer, node }: Value): CallNode => nodes.get(nodeKey(layer, node))!;
  for (const call of calls) {
    const inputs = usedBy(call).map((value) => ({ node: nodeOf(value) }));
    nodes.set(nodeKey(call.layer.name, call.node), { layer: call.layer, call, inputs });
  }
  const ordered = runOrder<Layer, CallNode>(leaves(outputs).map(nodeOf)).map(({ call }) => call);
  const seen = new Set(ordered);
  return [
    ...calls.filter((call) => isSource(call.layer) && !seen.has(call)),
    ...ordered,
    ...calls.filter((call) => !isSource(call.layer) && !seen.has(call)),
  ];
}

/** Reports outputs that need data which no input of the model brings. */
function disconnected(
  spec: ModelSpec,
  calls: readonly Call[],
  inputs: NestOf<Value>,
  outputs: NestOf<Value>,
  site: Site,
): void {
  const key = (value: Value): string => `${value.tensor}/${nodeKey(value.layer, value.node)}`;
  const given = leaves(inputs);
  const known = new Set(given.map(key));
  for (const call of calls) {
    const passed = usedBy(call);
    if (passed.length > 0 && passed.every((value) => known.has(key(value))))
      for (const value of call.outputs) known.add(key(value));
  }
  const lost = new Set(leaves(outputs).flatMap((value) => (known.has(key(value)) ? [] : [value.layer])));
  for (const layer of lost) {
    const message = `The output "${layer}" of model ${JSON.stringify(spec.name)} is not connected to the model's inputs.`;
    const expected = `outputs computed from ${given.map((value) => value.layer).join(", ")} alone`;
    site.problems.push({ code: "disconnected", message, at: placed(spec.at, layer), expected });
  }
}

function duplicates(parts: readonly Part[], site: Site): void {
  const seen = new Set<string>();
  for (const { spec, path } of parts) {
    const message = `Two layers of one model are named ${JSON.stringify(spec.name)}.`;
    if (seen.has(spec.name))
      site.problems.push({
        code: "duplicate-name",
        message,
        at: placed(spec.at, path),
        hint: "Give one of them another name.",
      });
    seen.add(spec.name);
  }
}

/** The calls of a layer; an InputLayer has one that nobody wrote. */
function pendingCalls(part: Part, byName: ReadonlyMap<string, Part>, site: Site): Pending[] {
  if (isInput(part.spec, site)) return [{ part, node: 0, bound: NO_ARGUMENTS, refs: [], missing: 0 }];
  return part.spec.calls.flatMap((call, node) => {
    const layer = called(part.spec.class_name, part.path);
    const bound = bindCall(part, call, layer, (message, rest) => {
      site.problems.push({ code: "bad-call", message, at: placed(call.at, part.path), ...rest });
    });
    if (bound === undefined) return [];
    const refs = [bound.input, ...Object.values(bound.args)].flatMap(refsIn);
    const known = refs.map((ref) => checkRef(ref, call.at, part, byName, site));
    if (known.includes(false)) return [];
    const missing = new Set(refs.map((ref) => nodeKey(ref.layer, ref.node))).size;
    return [{ part, node, number: call.number, bound, refs, missing }];
  });
}

const NO_ARGUMENTS: BoundCall = { input: [], args: {}, positional: 1 };

/** Names of layers that an error lists. */
const MOST_NAMES = 12;

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
  const expected = source || byName.size > MOST_NAMES ? undefined : `one of ${[...byName.keys()].join(", ")}`;
  site.problems.push({
    code: "bad-reference",
    message,
    at: placed(at, user.path),
    ...(expected && { expected }),
    ...(hint && { hint }),
  });
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
  let lost: TensorRef | undefined;
  const valueOf = (ref: TensorRef): Value => {
    const value = values.get(nodeKey(ref.layer, ref.node))?.[ref.tensor];
    if (!value) lost ??= ref;
    return value ?? NOTHING;
  };
  const { number } = next;
  const { input, args, ...rest } = next.bound;
  const inputs = mapNest(input, valueOf);
  const passed = Object.entries(args).map(([key, value]): [string, Passed] => [key, mapRefs(value, valueOf)]);
  const given: Rest = { ...rest, args: Object.fromEntries(passed), ...(number !== undefined && { number }) };
  if (!lost) return callLayer(next.part, inputs, { site, scope: "" }, given);
  const made = values.get(nodeKey(lost.layer, lost.node));
  if (made) site.problems.push(noOutput(next.part, lost, made.length));
  return undefined;
}

function noOutput({ spec, path }: Part, { layer, tensor }: TensorRef, count: number): Diagnostic {
  return {
    code: "bad-reference",
    message: `${called(spec.class_name, path)} is called on an output that does not exist.`,
    at: placed(spec.at, path),
    expected: `output 0${count > 1 ? ` to ${count - 1}` : ""} of ${called("layer", layer)}`,
    received: `output ${tensor}`,
  };
}

const NOTHING: Value = { kind: "value", layer: "", node: 0, tensor: 0, shape: [], dtype: "float32" };

function valueAt(
  ref: TensorRef,
  end: "input" | "output",
  values: ReadonlyMap<string, readonly Value[]>,
  spec: ModelSpec,
  byName: ReadonlyMap<string, Part>,
  site: Site,
): Value {
  const value = values.get(nodeKey(ref.layer, ref.node))?.[ref.tensor];
  if (value) return value;
  if (site.problems.length === 0) {
    const isKnown = byName.has(ref.layer);
    const hint = isKnown ? undefined : didYouMean(ref.layer, byName.keys());
    const message = isKnown
      ? `${called("Model", spec.name)} names output ${ref.tensor} of call ${ref.node} of ${called("layer", ref.layer)} as its ${end}, which does not exist.`
      : `${called("Model", spec.name)} names the layer ${JSON.stringify(ref.layer)} as its ${end}, but has no such layer.`;
    site.problems.push({ code: "bad-reference", message, at: spec.at, ...(hint && { hint }) });
  }
  return NOTHING;
}

/** Calls that wait for one another. */
function unreachable(spec: ModelSpec, pending: readonly Pending[], calls: readonly Call[]): Diagnostic {
  const made = new Set(calls.map((call) => nodeKey(call.layer.name, call.node)));
  const keyOf = ({ part, node }: Pending): string => nodeKey(part.spec.name, node);
  const left = new Map(
    pending.map((call) => [keyOf(call), call]).filter(([key]) => !made.has(key as string)) as [
      string,
      Pending,
    ][],
  );
  const circle = circleIn(left);
  const [first] = circle;
  const names = [...circle, first].map(({ part }) => part.spec.name);
  const shown = names.length > 8 ? [...names.slice(0, 4), "…", ...names.slice(-3)] : names;
  const message = `The calls of ${called("model", spec.name)} go in a circle: ${shown.join(" → ")}.`;
  return { code: "circular-model", message, at: placed(first.part.spec.at, first.part.path) };
}

/** Back from a call to one that it waits for, until one comes again; in the order of the data. */
function circleIn(left: ReadonlyMap<string, Pending>): Pending[] {
  const walk: Pending[] = [];
  const seen = new Map<Pending, number>();
  let [call]: Iterable<Pending | undefined> = left.values();
  while (call && !seen.has(call)) {
    seen.set(call, walk.length);
    walk.push(call);
    const waits: string[] = [
      ...call.refs.map((ref) => nodeKey(ref.layer, ref.node)),
      nodeKey(call.part.spec.name, call.node - 1),
    ];
    call = waits.map((key) => left.get(key)).find((one) => one !== undefined);
  }
  return walk.slice(call ? seen.get(call) : 0).reverse();
}
