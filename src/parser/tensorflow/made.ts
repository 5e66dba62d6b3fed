import { arrayOf } from "../../ir/array-literal.ts";
import { takesTensors } from "../../ir/call-arguments.ts";
import { isLiteral } from "../../ir/model.ts";
import type { Argument, CallSpec, LayerSpec, TensorRef } from "../../ir/spec.ts";
import { className, type Foreign } from "../../ir/tensorflow/functions.ts";
import { type Entry, isRecord, malformed, type Reading, whereOf } from "../keras-reading.ts";
import { settle } from "./settle.ts";

export type Refer = (layer: string, node: number, tensor: number) => TensorRef;

/** A call of a function in the words of its operation. */
export interface Made {
  readonly config: Readonly<Record<string, unknown>>;
  readonly call: CallSpec;
}

/** A function's arguments by its own names, as a call of its operation; undefined where they were reported. */
export function madeOf(
  foreign: Foreign,
  given: ReadonlyMap<string, unknown>,
  path: string,
  reading: Reading,
  dtype = "float32",
): Made | undefined {
  const settled = settle(foreign, given);
  if ("wrong" in settled) {
    const expected = `${className(foreign.operation)} without ${settled.wrong}`;
    return malformed(reading, path, expected, settled.received);
  }
  const args = settled.args.map((arg, k) => operandOf(arg, foreign, k, dtype));
  const wrong = args.indexOf(undefined);
  if (wrong >= 0) return malformed(reading, path, "tensors and numbers", settled.args[wrong]);
  const call = { args: trimmed(args as Argument[]), kwargs: {}, at: whereOf(reading, path) };
  return { config: settled.config, call };
}

const trimmed = (args: readonly Argument[]): Argument[] =>
  args.slice(0, args.findLastIndex((arg) => arg !== null) + 1);

/** An argument of the operation: lists of numbers are arrays where it takes operands. */
function operandOf(value: unknown, { operation }: Foreign, k: number, dtype: string): Argument | undefined {
  const declared = Object.values(operation.call ?? {})[k];
  if (value === null || !takesTensors(declared) || !Array.isArray(value)) return value as Argument;
  const one = (part: unknown): Argument | undefined =>
    Array.isArray(part)
      ? arrayOf(part, dtype)
      : isRecord(part) || isLiteral(part) || typeof part !== "string"
        ? (part as Argument)
        : undefined;
  if (declared.takes !== "operands") return arrayOf(value, dtype);
  const parts = value.map(one);
  return parts.includes(undefined) ? undefined : (parts as Argument);
}

/** The layer of some calls of one function; undefined where one of them was reported. */
export function layerOf(
  { name, path }: Entry,
  foreign: Foreign,
  made: readonly (Made | undefined)[],
  reading: Reading,
): LayerSpec | undefined {
  if (made.includes(undefined)) return undefined;
  const calls = made as readonly Made[];
  const [first] = calls;
  if (calls.some(({ config }) => JSON.stringify(config) !== JSON.stringify(first.config)))
    return malformed(reading, path, "calls with the same options", foreign.operation.name);
  return {
    class_name: className(foreign.operation),
    name,
    auto_name: false,
    config: first?.config ?? {},
    calls: calls.map(({ call }) => call),
    at: whereOf(reading, path),
  };
}

/** Reports a function that has no operation here. */
export function unknown({ path, name }: Entry, received: string, reading: Reading): undefined {
  reading.problems.push({
    code: "unknown-layer",
    message: `Layer ${JSON.stringify(name)} calls a function of TensorFlow that is not supported.`,
    at: whereOf(reading, path),
    received,
  });
}
