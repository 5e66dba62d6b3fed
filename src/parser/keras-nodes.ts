import type { Where } from "../diagnostics.ts";
import type { Argument, CallSpec, NestOf, TensorRef } from "../ir/spec.ts";
import { literalOf } from "./keras-literals.ts";
import {
  isLegacy,
  isTriple,
  type Numbering,
  type Numberings,
  type Triple,
  triples,
} from "./keras-numbers.ts";
import { type Entry, isRecord, type Json, malformed, type Reading, whereOf } from "./keras-reading.ts";
import { isNode } from "./legacy-node.ts";

export const refOf = ([layer, node, tensor]: Triple, numbered: Numbering): TensorRef => ({
  kind: "tensor",
  layer,
  node: numbered(layer, node),
  tensor,
});

/** The calls of a layer inside a Functional. */
export function callsOf({ json, path }: Entry, numbered: Numberings, reading: Reading): CallSpec[] {
  const nodes = json.inbound_nodes ?? [];
  const where = `${path}.inbound_nodes`;
  if (!Array.isArray(nodes)) return malformed(reading, where, "a list", nodes) ?? [];
  return (nodes as unknown[]).flatMap((node, k) => {
    const at = `${where}[${k}]`;
    return (
      (isLegacy(node)
        ? legacyCall(node, at, numbered, reading)
        : call(node as Json, at, numbered, reading)) ?? []
    );
  });
}

function call(node: Json, path: string, numbered: Numberings, reading: Reading): CallSpec | undefined {
  const { kwargs = {} } = node;
  if (!isRecord(kwargs)) return malformed(reading, `${path}.kwargs`, "an object", kwargs);
  const read = (value: unknown): Argument => argument(value, path, numbered, reading);
  return {
    args: (node.args as unknown[]).map(read),
    kwargs: Object.fromEntries(Object.entries(kwargs).map(([key, value]) => [key, read(value)])),
    at: whereOf(reading, path),
  };
}

/** An argument of a call; `__keras_tensor__` objects become references. */
function argument(value: unknown, path: string, numbered: Numberings, reading: Reading): Argument {
  if (value === null || typeof value === "number" || typeof value === "string" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) return value.map((part) => argument(part, path, numbered, reading)) as Argument;
  const json = value as Json;
  if (typeof json.class_name !== "string") {
    return Object.fromEntries(
      Object.entries(json).map(([key, part]) => [key, argument(part, path, numbered, reading)]),
    ) as Argument;
  }
  const config = isRecord(json.config) ? json.config : {};
  if (json.class_name === "__keras_tensor__" && isTriple(config.keras_history))
    return refOf(config.keras_history, numbered.calls);
  const literal = literalOf(json.class_name, config);
  if (literal) return literal;
  malformed(reading, path, "tensors and plain values", json.class_name);
  return null;
}

/** A node of nested lists whose leaves are `[layer, node, tensor, kwargs]`. */
function legacyCall(
  node: unknown,
  path: string,
  numbered: Numberings,
  reading: Reading,
): CallSpec | undefined {
  if (!isNode(node, path, reading)) return undefined;
  const at: Where = whereOf(reading, path);
  const kwargs = Object.assign({}, ...triples(node).map((leaf) => leaf[3] ?? {})) as Json;
  const read = Object.fromEntries(
    Object.entries(kwargs).map(([key, value]) => [key, legacyArgument(value, path, numbered, reading)]),
  );
  return { args: [nested(node, (leaf) => refOf(leaf, numbered.calls))], kwargs: read, at };
}

/** An argument by name, its tensors as triples, alone, in lists or in objects. */
function legacyArgument(value: unknown, path: string, numbered: Numberings, reading: Reading): Argument {
  if (isTriple(value)) return refOf(value, numbered.calls);
  const read = (part: unknown): Argument => legacyArgument(part, path, numbered, reading);
  if (Array.isArray(value)) return value.map(read) as Argument;
  if (!isRecord(value) || typeof value.class_name === "string")
    return argument(value, path, numbered, reading);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, read(part)])) as Argument;
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
export function modelRefs(
  value: unknown,
  path: string,
  numbered: Numberings,
  reading: Reading,
): NestOf<TensorRef> {
  const whole = (part: unknown): boolean => {
    if (isTriple(part)) return true;
    const parts = Array.isArray(part) ? (part as unknown[]) : isRecord(part) ? Object.values(part) : [];
    return parts.length > 0 && parts.every(whole);
  };
  if (!whole(value)) return malformed(reading, path, "a list of [layer, node, tensor]", value) ?? [];
  return nested(value, (triple) => refOf(triple, numbered.ends));
}
