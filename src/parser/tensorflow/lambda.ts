import { takesTensors } from "../../ir/call-arguments.ts";
import type { LayerSpec } from "../../ir/spec.ts";
import { exported, type Foreign } from "../../ir/tensorflow/functions.ts";
import { sliceOf } from "../keras-literals.ts";
import { isTriple } from "../keras-numbers.ts";
import { type Entry, isRecord, type Json, malformed, type Reading } from "../keras-reading.ts";
import { isConstant, isNode } from "../legacy-node.ts";
import { layerOf, type Made, madeOf, type Refer, unknown } from "./made.ts";

/** Layers in which tf.keras from 2.4 on wraps functions of TensorFlow. */
const CLASSES: ReadonlySet<unknown> = new Set(["TFOpLambda", "SlicingOpLambda"]);
export const isLambda = ({ json }: Entry): boolean => CLASSES.has(json.class_name);

type Leaf = readonly [string, number, unknown, unknown];
const isLeaf = (v: unknown): v is Leaf =>
  Array.isArray(v) && v.length >= 3 && typeof v[0] === "string" && Number.isInteger(v[1]);

/** The function of such a layer as the operation that computes the same; undefined where that was reported. */
export function lambdaLayer(entry: Entry, refer: Refer, reading: Reading): LayerSpec | undefined {
  const { json, path } = entry;
  const { function: symbol } = isRecord(json.config) ? json.config : {};
  const foreign = typeof symbol === "string" ? exported(symbol) : undefined;
  if (!foreign)
    return unknown(entry, typeof symbol === "string" ? `tf.${symbol}` : String(json.class_name), reading);
  const nodes = Array.isArray(json.inbound_nodes) ? (json.inbound_nodes as unknown[]) : [];
  const made = nodes.map((node, k) => callOf(node, `${path}.inbound_nodes[${k}]`, foreign, refer, reading));
  return layerOf(entry, foreign, made, reading);
}

function callOf(
  node: unknown,
  path: string,
  foreign: Foreign,
  refer: Refer,
  reading: Reading,
): Made | undefined {
  if (!isNode(node, path, reading, true)) return undefined;
  const said = saidBy(node);
  if (!said) return malformed(reading, path, "[layer, node, tensor, arguments]", node);
  const value = (v: unknown): unknown => valueOf(v, refer);
  const [first] = foreign.names.keys();
  const given = new Map(Object.entries(said.kwargs).map(([key, v]) => [key, value(v)]));
  given.set(first, said.constant ? said.first : firstOf(value(said.first), foreign));
  return madeOf(foreign, given, path, reading);
}

/** The first argument and those by name, in each form that tf.keras gave a node. */
function saidBy(node: unknown): { first: unknown; kwargs: Json; constant?: true } | undefined {
  const kwargsOf = (leaf: Leaf): Json => (isRecord(leaf[3]) ? leaf[3] : {});
  if (isLeaf(node))
    return isConstant(node)
      ? { first: node[2], kwargs: kwargsOf(node), constant: true }
      : { first: node, kwargs: kwargsOf(node) };
  const list = Array.isArray(node) ? (node as unknown[]) : [];
  const leaf = list.find(isLeaf);
  return leaf ? { first: list.map(unwrapped), kwargs: kwargsOf(leaf) } : undefined;
}
const unwrapped = (v: unknown): unknown => (isConstant(v) ? v[2] : v);

/** A list of one stands for that one, where the function takes no list. */
function firstOf(value: unknown, { operation }: Foreign): unknown {
  const [declared] = Object.values(operation.call ?? {});
  const takesList = declared && takesTensors(declared) && declared.takes === "operands";
  return Array.isArray(value) && value.length === 1 && !takesList ? value[0] : value;
}

/** A value with its tensors, slices and ellipses; the rest as it is. */
function valueOf(v: unknown, refer: Refer): unknown {
  if (isTriple(v)) return refer(v[0], v[1], v[2]);
  if (Array.isArray(v)) return v.map((part) => valueOf(part, refer));
  if (!isRecord(v)) return v;
  if (v.class_name === "__ellipsis__") return { kind: "ellipsis" };
  return Object.hasOwn(v, "start") ? sliceOf(v.start, v.stop, v.step) : v;
}
