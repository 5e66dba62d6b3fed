import type { Where } from "../diagnostics.ts";
import type { Argument, CallSpec, NestOf, TensorRef } from "../ir/spec.ts";
import { literalOf } from "./keras-literals.ts";
import { type Entry, isRecord, type Json, malformed, type Reading, whereOf } from "./keras-reading.ts";

type Triple = readonly [string, number, number, ...unknown[]];

const isTriple = (v: unknown): v is Triple =>
  Array.isArray(v) &&
  (v.length === 3 || v.length === 4) &&
  typeof v[0] === "string" &&
  Number.isInteger(v[1]) &&
  Number.isInteger(v[2]);

/** Whether a node is written as Keras 2 did: nested lists instead of `args` and `kwargs`. */
const isLegacy = (node: unknown): boolean => !isRecord(node) || !Array.isArray(node.args);

/** The number of a nested model's first call, where it is referred to by calls and where by the model's inputs and outputs. */
export interface Bases {
  readonly calls: ReadonlyMap<string, number>;
  readonly ends: ReadonlyMap<string, number>;
}

/**
 * Nested models whose own placeholder counts as their call number 0 start at 1: in Keras 3 only Functionals, and only
 * among the outer model's inputs and outputs; in Keras 2 everywhere, which shows by nobody using number 0.
 */
export function nodeBases(entries: readonly Entry[], config: Json, isModel: (entry: Json) => boolean): Bases {
  const nested = entries.filter((entry) => isModel(entry.json));
  const nodes = entries.flatMap(({ json }) =>
    Array.isArray(json.inbound_nodes) ? (json.inbound_nodes as unknown[]) : [],
  );
  if (!nodes.some(isLegacy)) {
    const functional = nested.filter(({ json }) => json.class_name !== "Sequential");
    return { calls: callsElsewhere(entries, nodes), ends: new Map(functional.map(({ name }) => [name, 1])) };
  }
  const used = [...nodes, config.input_layers, config.output_layers].flatMap((part) => triples(part));
  const bases = nested.map(({ name }): [string, number] => {
    const numbers = used.filter(([layer]) => layer === name).map(([, node]) => node);
    return [name, numbers.length && !numbers.includes(0) ? 1 : 0];
  });
  return { calls: new Map(bases), ends: new Map(bases) };
}

/**
 * Keras 3.0 numbers the calls of a layer that other models share through all of them: the number of its first call here,
 * which comes behind theirs.
 */
function callsElsewhere(entries: readonly Entry[], nodes: readonly unknown[]): Map<string, number> {
  const shared = entries.filter(({ json }) => typeof json.shared_object_id === "number");
  if (shared.length === 0) return new Map();
  const used = triples(nodes);
  const bases = shared.map(({ name, json }): [string, number] => {
    const numbers = used.flatMap(([layer, node]) => (layer === name ? [node] : []));
    // an input has its tensor without a call
    const calls = Math.max(1, Array.isArray(json.inbound_nodes) ? json.inbound_nodes.length : 0);
    return [name, Math.max(0, ...numbers.map((number) => number + 1 - calls))];
  });
  return new Map(bases);
}

function triples(value: unknown): Triple[] {
  if (isTriple(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(triples);
  return isRecord(value) ? Object.values(value).flatMap(triples) : [];
}

export function refOf([layer, node, tensor]: Triple, bases: ReadonlyMap<string, number>): TensorRef {
  return { kind: "tensor", layer, node: node - (bases.get(layer) ?? 0), tensor };
}

/** The calls of a layer inside a Functional. */
export function callsOf({ json, path }: Entry, bases: Bases, reading: Reading): CallSpec[] {
  const nodes = json.inbound_nodes ?? [];
  const where = `${path}.inbound_nodes`;
  if (!Array.isArray(nodes)) return malformed(reading, where, "a list", nodes) ?? [];
  return (nodes as unknown[]).flatMap((node, k) => {
    const at = `${where}[${k}]`;
    return (
      (isLegacy(node) ? legacyCall(node, at, bases, reading) : call(node as Json, at, bases, reading)) ?? []
    );
  });
}

function call(node: Json, path: string, bases: Bases, reading: Reading): CallSpec | undefined {
  const kwargs = node.kwargs ?? {};
  if (!isRecord(kwargs)) return malformed(reading, `${path}.kwargs`, "an object", kwargs);
  const read = (value: unknown): Argument => argument(value, path, bases, reading);
  return {
    args: (node.args as unknown[]).map(read),
    kwargs: Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, read(value)])),
    at: whereOf(reading, path),
  };
}

/** An argument of a call; `__keras_tensor__` objects become references. */
function argument(value: unknown, path: string, bases: Bases, reading: Reading): Argument {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) return value.map((part) => argument(part, path, bases, reading)) as Argument;
  const json = value as Json;
  if (typeof json.class_name !== "string") {
    return Object.fromEntries(
      Object.entries(json).map(([key, part]) => [key, argument(part, path, bases, reading)]),
    ) as Argument;
  }
  const config = isRecord(json.config) ? json.config : {};
  if (json.class_name === "__keras_tensor__" && isTriple(config.keras_history))
    return refOf(config.keras_history, bases.calls);
  const literal = literalOf(json.class_name, config);
  if (literal) return literal;
  malformed(reading, path, "tensors and plain values", json.class_name);
  return null;
}

/** A node of nested lists whose leaves are `[layer, node, tensor, kwargs]`. */
function legacyCall(node: unknown, path: string, bases: Bases, reading: Reading): CallSpec | undefined {
  const leaves = triples(node);
  if (leaves.length === 0) return malformed(reading, path, "a list of [layer, node, tensor, kwargs]", node);
  const at: Where = whereOf(reading, path);
  const kwargs = Object.assign({}, ...leaves.map((leaf) => (isRecord(leaf[3]) ? leaf[3] : {}))) as Json;
  const read = Object.fromEntries(
    Object.entries(kwargs).map(([key, value]) => [key, legacyArgument(value, path, bases, reading)]),
  );
  return { args: [nested(node, (leaf) => refOf(leaf, bases.calls))], kwargs: read, at };
}

/** An argument by name, its tensors as triples, alone or in lists. */
function legacyArgument(value: unknown, path: string, bases: Bases, reading: Reading): Argument {
  if (isTriple(value)) return refOf(value, bases.calls);
  if (!Array.isArray(value)) return argument(value, path, bases, reading);
  return value.map((part) => legacyArgument(part, path, bases, reading)) as Argument;
}

/** A nest of references; a list of one is the one. */
function nested(value: unknown, leaf: (triple: Triple) => TensorRef): NestOf<TensorRef> {
  if (isTriple(value)) return leaf(value);
  if (isRecord(value))
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, nested(part, leaf)]));
  const parts = (value as readonly unknown[]).map((part) => nested(part, leaf));
  return parts.length === 1 ? parts[0] : parts;
}

/** Inputs or outputs of a model: a reference, or a nest of them. */
export function modelRefs(value: unknown, path: string, bases: Bases, reading: Reading): NestOf<TensorRef> {
  const whole = (part: unknown): boolean =>
    isTriple(part) ||
    (Array.isArray(part)
      ? part.length > 0 && part.every(whole)
      : isRecord(part) && Object.values(part).every(whole));
  if (!whole(value)) return malformed(reading, path, "a list of [layer, node, tensor]", value) ?? [];
  return nested(value, (triple) => refOf(triple, bases.ends));
}
