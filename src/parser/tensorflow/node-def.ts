import type { LayerSpec } from "../../ir/spec.ts";
import { type Foreign, ofNode } from "../../ir/tensorflow/functions.ts";
import { type Entry, isRecord, type Json, malformed, type Reading } from "../keras-reading.ts";
import { triples } from "../keras-numbers.ts";
import { isNode } from "../legacy-node.ts";
import { attributesOf, type NodeAttributes } from "./node-attributes.ts";
import { stridedKey } from "./strided-slice.ts";
import { layerOf, type Made, madeOf, type Refer, unknown } from "./made.ts";

/** The layer in which tf.keras until 2.3 wraps a primitive of TensorFlow. */
export const isNodeLayer = ({ json }: Entry): boolean => json.class_name === "TensorFlowOpLayer";

/** The primitive of such a layer as the operation that computes the same; undefined where that was reported. */
export function nodeLayer(entry: Entry, refer: Refer, reading: Reading): LayerSpec | undefined {
  const { json, path } = entry;
  const config = isRecord(json.config) ? json.config : {};
  const { op, attr } = isRecord(config.node_def) ? config.node_def : {};
  const where = `${path}.config.node_def`;
  if (typeof op !== "string")
    return malformed(reading, where, "a NodeDef as an object with op and attr", config.node_def);
  const foreign = ofNode(op);
  if (!foreign) return unknown(entry, `tf.raw_ops.${op}`, reading);
  const attributes = attributesOf(attr);
  if (!attributes) return malformed(reading, `${where}.attr`, "attributes of TensorFlow", attr);
  const constants = isRecord(config.constants) ? config.constants : {};
  const nodes = Array.isArray(json.inbound_nodes) ? (json.inbound_nodes as unknown[]) : [];
  const made = nodes.map((node, k) =>
    callOf({ op, foreign, attributes, constants }, node, `${path}.inbound_nodes[${k}]`, refer, reading),
  );
  return layerOf(entry, foreign, made, reading);
}

interface Primitive {
  readonly op: string;
  readonly foreign: Foreign;
  readonly attributes: NodeAttributes;
  /** Inputs that are no tensors of the model, by their place. */
  readonly constants: Json;
}

function callOf(
  { op, foreign, attributes, constants }: Primitive,
  node: unknown,
  path: string,
  refer: Refer,
  reading: Reading,
): Made | undefined {
  if (!isNode(node, path, reading)) return undefined;
  const inputs = inputsOf(node, constants, refer);
  const { count, values, dtype } = attributes;
  const names = [...foreign.names.keys()];
  const given = (
    parts: readonly unknown[],
    options: ReadonlyMap<string, unknown> = new Map(),
  ): Made | undefined =>
    madeOf(
      foreign,
      new Map([...parts.map((part, k) => [names[k], part] as const), ...options]),
      path,
      reading,
      dtype,
    );
  if (op !== "StridedSlice")
    return given(count === undefined ? inputs : [inputs.slice(0, count), ...inputs.slice(count)], values);
  const [x, ...bounds] = inputs;
  const key = stridedKey(bounds, values);
  return key === undefined ? malformed(reading, path, "bounds of a slice as numbers", node) : given([x, key]);
}

/** Tensors of the model with the constants between them. */
function inputsOf(node: unknown, constants: Json, refer: Refer): readonly unknown[] {
  const inputs: unknown[] = triples(node).map(([layer, call, tensor]) => refer(layer, call, tensor));
  const places = Object.entries(constants).sort(([a], [b]) => Number(a) - Number(b));
  for (const [place, value] of places) inputs.splice(Number(place), 0, value);
  return inputs;
}
