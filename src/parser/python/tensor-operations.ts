import { layerTable } from "../../ir/layers/index.ts";
import { operations } from "../../ir/operations/index.ts";
import type { Operation } from "../../ir/operations/operation.ts";
import { takesTensors } from "../../ir/call-arguments.ts";
import type { NestOf } from "../../ir/spec.ts";
import { type Foreign, shownName } from "../../ir/tensorflow/functions.ts";
import { settle } from "../tensorflow/settle.ts";
import { nodeOf } from "./apply.ts";
import { type Args, bindKnown, type Given } from "./arguments.ts";
import { newLayer } from "./layers.ts";
import { integer, plain, tensorsIn } from "./plain.ts";
import { countTensors } from "./tensor-names.ts";
import { type CallValue, describe, is, listOf, type TensorValue, type Value } from "./values.ts";
import { literalOf } from "./eager.ts";
import { countsAsKeras2, fail, type World, where } from "./world.ts";
import { outputCount } from "../../ir/build.ts";

const all = operations.flat() as readonly unknown[] as readonly Operation[];
/** Operations by class name and by each name that they have as functions. */
const byClass = new Map(all.map((one) => [one.name, one]));
const byFunction = new Map(all.flatMap((one) => one.functions.map((name) => [name, one] as const)));

/** Python's operators on a tensor. */
export const OPERATORS: Readonly<Record<string, string>> = {
  "+": "Add",
  "-": "Subtract",
  "*": "Multiply",
  "/": "TrueDivide",
  "//": "FloorDivide",
  "%": "Mod",
  "**": "Power",
  "@": "Matmul",
  "&": "LogicalAnd",
  "|": "LogicalOr",
  "^": "LogicalXor",
  "<": "Less",
  "<=": "LessEqual",
  ">": "Greater",
  ">=": "GreaterEqual",
  "!=": "NotEqual",
};
/** A comparison whose tensor stands on the right is asked of the tensor. */
const TURNED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };
export const SIGNS: Readonly<Record<string, string>> = {
  "-": "Negative",
  "~": "LogicalNot",
  abs: "Absolute",
};

/** `left op right` where one of them is a tensor. */
export function tensorInfix(w: World, op: string, left: Value, right: Value, offset: number): Value {
  const name = OPERATORS[op];
  if (name === undefined) return noOperator(w, op, offset);
  const turns = !is(left, "tensor") && TURNED[op] !== undefined;
  const [x, y] = turns ? [right, left] : [left, right];
  const operation = byClass.get(turns ? OPERATORS[TURNED[op]] : name)!;
  return record(w, operation, {}, [operand(w, x, offset), operand(w, y, offset)], [x, y], offset);
}

/** `-x`, `~x`, `abs(x)`. */
export function tensorPrefix(w: World, op: string, x: TensorValue, offset: number): Value {
  const name = SIGNS[op];
  return name === undefined ? noOperator(w, op, offset) : record(w, byClass.get(name)!, {}, [x], [x], offset);
}

function noOperator(w: World, op: string, offset: number): never {
  return fail(w, offset, "python-tensor-arithmetic", `A tensor has no operator ${op}.`, {
    expected: Object.keys(OPERATORS).join(" "),
  });
}

/** `x[key]`. */
export function tensorIndex(w: World, x: TensorValue, key: Value, offset: number): Value {
  return record(w, byClass.get("GetItem")!, {}, [x, indexOf(w, key, offset)], [x], offset);
}

function indexOf(w: World, key: Value, offset: number): NestOf<CallValue> {
  if (is(key, "tuple", "list")) return key.items.map((part) => indexOf(w, part, offset));
  if (key === null) return null;
  if (is(key, "ellipsis")) return { kind: "ellipsis" };
  const bound = (part: bigint | null): number | null => (part === null ? null : integer(w, part, offset));
  if (is(key, "slice"))
    return { kind: "slice", start: bound(key.start), stop: bound(key.stop), step: bound(key.step) };
  if (typeof key === "bigint") return integer(w, key, offset);
  return fail(w, offset, "python-index", "A tensor is indexed by whole numbers, slices, ... and None.", {
    received: describe(key),
  });
}

/** What an operation takes as an operand: a tensor, or a number. */
function operand(w: World, v: Value, offset: number): NestOf<CallValue> {
  if (is(v, "tensor")) return v;
  if (is(v, "list", "tuple")) return v.items.map((item) => operand(w, item, offset));
  if (is(v, "data") && v.shape) return literalOf(w, v, v.shape, offset);
  const said = plain(w, v, offset);
  if (typeof said === "number" || typeof said === "boolean") return said;
  return fail(w, offset, "python-tensor-arithmetic", "Only numbers and tensors go with a tensor.", {
    received: describe(v),
  });
}

/** The operation that a function of this name is; undefined where there is none. */
export const operationNamed = (name: string): Operation | undefined => byFunction.get(name);
export const operationOf = (class_name: string): Operation => byClass.get(class_name)!;

/** Python's names of a function's arguments. */
export const argumentNames = (operation: Operation): readonly string[] =>
  operation.arguments ?? [...Object.keys(operation.call ?? {}), ...Object.keys(operation.config)];

/** A call of the function on tensors: undefined where none is among its arguments. */
export function callOperation(w: World, what: string, operation: Operation, args: Args): Value {
  const names = argumentNames(operation);
  const rest = variadic(operation);
  const given = rest === undefined ? args : gathered(args, names.indexOf(rest));
  const aliases = Object.values(operation.config).flatMap((field) => [...(field.aliases ?? [])]);
  return withArguments(w, operation, bindKnown(w, what, names, given, aliases), args.offset);
}

/** Python's `*operands` as one list. */
function gathered({ positional, keyword, offset }: Args, first: number): Args {
  const items = positional.slice(first).map(({ value }) => value);
  const list: Given = { value: { kind: "list", items }, offset };
  return { positional: [...positional.slice(0, first), list], keyword, offset };
}
const variadic = (operation: Operation): string | undefined =>
  Object.entries(operation.call ?? {}).find(([, one]) => takesTensors(one) && one.variadic)?.[0];

/** A call with its arguments by name. */
export function withArguments(
  w: World,
  operation: Operation,
  bound: ReadonlyMap<string, Given>,
  offset: number,
): Value {
  const declared = Object.entries(operation.call ?? {});
  const names = new Set(declared.map(([key]) => key));
  const settings = [...bound].filter(([key]) => !names.has(key));
  const config = Object.fromEntries(
    settings.map(([key, { value, offset: at }]) => [key, plain(w, value, at)]),
  );
  const given = declared.map(([key]) => bound.get(key));
  const missing = declared.find(([, one], k) => takesTensors(one) && one.required && given[k] === undefined);
  if (missing) return fail(w, offset, "python-arguments", `${operation.functions[0]} needs ${missing[0]}.`);
  const called = given.map((one) =>
    one ? (one.value === null ? null : operand(w, one.value, one.offset)) : null,
  );
  const last = variadic(operation);
  const args =
    last === undefined ? called : [...called.slice(0, -1), ...(called.at(-1) as NestOf<CallValue>[])];
  const values = given.flatMap((one) => (one ? [one.value] : []));
  return record(w, operation, config, trimmed(args), values, offset);
}

/** A call of a function of TensorFlow or `keras.backend` on tensors. */
export function callForeign(w: World, what: string, foreign: Foreign, args: Args): Value {
  const { operation } = foreign;
  if (!w.library.keras2) refuseForeign(w, what, operation, args.offset);
  const bound = bindKnown(w, what, [...foreign.names.keys()], args, ["name"]);
  const called = operation.call ?? {};
  const given = new Map(
    [...bound].map(([key, { value, offset }]): [string, unknown] => {
      const ours = foreign.names.get(key);
      const isOperand = ours !== undefined && Object.hasOwn(called, ours) && value !== null;
      return [key, isOperand ? operand(w, value, offset) : plain(w, value, offset)];
    }),
  );
  const settled = settle(foreign, given);
  if ("wrong" in settled)
    return fail(w, args.offset, "python-tensor-function", `${what} is not read with ${settled.wrong}.`);
  const missing = Object.entries(called).findIndex(
    ([, one], k) => takesTensors(one) && one.required && settled.args[k] === null,
  );
  if (missing >= 0)
    return fail(w, args.offset, "python-arguments", `${what} needs ${[...foreign.names.keys()][missing]}.`);
  const values = [...bound.values()].map(({ value }) => value);
  return record(
    w,
    operation,
    settled.config,
    trimmed(settled.args as NestOf<CallValue>[]),
    values,
    args.offset,
  );
}

/** Keras 3 lets no function of TensorFlow take its tensors, nor those that `tf.keras.backend` still has. */
function refuseForeign(w: World, what: string, { functions: [name] }: Operation, offset: number): never {
  return fail(w, offset, "python-tensor-function", `${what} does not take a tensor of Keras 3.`, {
    hint: `Write keras.ops.${name}. Keras 2 takes it: import tf_keras as keras, or say --keras 2.15.`,
  });
}

/** Without the nothings at the end. */
function trimmed(args: readonly NestOf<CallValue>[]): readonly NestOf<CallValue>[] {
  const end = args.findLastIndex((arg) => arg !== null);
  return args.slice(0, end + 1);
}

/** A call of an operation that nobody wrote. */
export function makeOperation(
  w: World,
  name: string,
  config: Readonly<Record<string, unknown>>,
  args: readonly (Value | readonly Value[])[],
  offset: number,
): TensorValue {
  const values = args.map((one): Value =>
    Array.isArray(one) ? listOf([...(one as readonly Value[])]) : (one as Value),
  );
  const given = values.map((one) => operand(w, one, offset));
  return record(w, byClass.get(name)!, { ...config }, given, values, offset) as TensorValue;
}

function record(
  w: World,
  operation: Operation,
  config: Record<string, unknown>,
  args: readonly NestOf<CallValue>[],
  values: readonly Value[],
  offset: number,
): Value {
  const class_name = `${operation.module}.${operation.name}`;
  const shown = countsAsKeras2(w) ? shownName(operation) : undefined;
  const counted = shown === undefined ? operation.name : `tf.${shown}`;
  const layer = newLayer(w, class_name, undefined, { config, counted, offset });
  const inputs = values.flatMap(tensorsIn);
  const count = operation.outputs ? outputCount(class_name, config, {}, layerTable) : 1;
  const node = nodeOf(layer, args, {}, inputs, count, where(w, offset));
  countTensors(w, layer);
  return operation.outputs ? { kind: "list", items: [...node.outputs] } : node.outputs[0];
}
