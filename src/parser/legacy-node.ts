import { isTriple } from "./keras-numbers.ts";
import { isRecord, malformed, type Reading } from "./keras-reading.ts";

const LEAF = "[layer, node, tensor, arguments]";

/** A constant among the tensors of a call, as tf.keras writes it. */
export const isConstant = (v: unknown): v is readonly ["_CONSTANT_VALUE", -1, unknown, ...unknown[]] =>
  Array.isArray(v) && (v.length === 3 || v.length === 4) && v[0] === "_CONSTANT_VALUE" && v[1] === -1;

/**
 * Whether a node of Keras 1 or 2 is what it should be: nested lists or objects whose leaves are tensors (and constants,
 * where `constants` are known). Each part that is not is reported at its own place.
 */
export function isNode(node: unknown, path: string, reading: Reading, constants = false): boolean {
  if (isTriple(node) || (constants && isConstant(node))) return isLeaf(node, path, reading);
  const list = Array.isArray(node) ? (node as unknown[]) : [];
  // a list that begins with a name is a tensor gone wrong
  const parts =
    typeof list[0] === "string"
      ? []
      : isRecord(node)
        ? Object.entries(node).map(([key, part]) => [`${path}.${key}`, part] as const)
        : list.map((part, k) => [`${path}[${k}]`, part] as const);
  if (parts.length === 0) return malformed(reading, path, LEAF, node) ?? false;
  // all of them, so that every problem is told at once
  return parts.filter(([at, part]) => !isNode(part, at, reading, constants)).length === 0;
}

function isLeaf(leaf: readonly unknown[], path: string, reading: Reading): boolean {
  if (leaf.length === 3 || isRecord(leaf[3])) return true;
  return malformed(reading, `${path}[3]`, "an object of arguments by name", leaf[3]) ?? false;
}
