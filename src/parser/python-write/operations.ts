import { takesTensors } from "../../ir/call-arguments.ts";
import { argumentsOf, type Call, isLiteral, type Layer, type Passed, usedBy } from "../../ir/model.ts";
import type { Operation } from "../../ir/operations/operation.ts";
import { argumentNames, OPERATORS, SIGNS } from "../python/tensor-operations.ts";
import { type Expressions, passed } from "./calls.ts";
import { call as called, type Doc, flat } from "./layout.ts";
import { argument, same, value } from "./objects.ts";
import { floatLiteral } from "./literals.ts";
import { foreignCall } from "../tensorflow/write.ts";
import type { Source } from "./source.ts";

/** Whether a layer is a function of Keras rather than an object that somebody makes. */
export const isOperation = (layer: Layer): boolean => layer.def?.module !== undefined;

const turned = (table: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(table).map(([sign, name]) => [name, sign]));
/** Operators by the class of the operation: between two operands, and before one. */
const INFIX = turned(OPERATORS);
const PREFIX = turned({ "-": SIGNS["-"], "~": SIGNS["~"] });

/** A call of a function of `keras.ops`, or the operator that means it. */
export function operation(source: Source, call: Call, of: Expressions): Doc {
  const def = call.layer.def as unknown as Operation;
  const given = argumentsOf(call).map(([, part]) => part);
  const plain =
    Object.keys(def.config).length === 0 && !given.some((one) => isLiteral(one) && one.kind === "array");
  const sign = plain ? (given.length === 1 ? PREFIX : INFIX).get(def.name) : undefined;
  if (sign !== undefined)
    return infix(
      sign,
      given.map((part) => flat(passed(source, part, of))),
    );
  if (def.name === "GetItem")
    return [passed(source, given[0], of), "[", subscript(source, given[1], of), "]"];
  if (source.keras === "2") return inTensorFlow(source, call, of);
  return called(`keras.ops.${def.functions[0]}`, functionArguments(source, call, of));
}

const infix = (sign: string, [left, right]: readonly string[]): Doc => {
  if (right === undefined) return sign + left;
  if (sign === "**") return left.startsWith("-") ? `(${left}) ** ${right}` : `${left}**${right}`;
  return `${left} ${sign} ${right}`;
};

/** A call of TensorFlow's function: tensors by place as long as none is left out, then all by name. */
function inTensorFlow(source: Source, call: Call, of: Expressions): Doc {
  const { symbol, given } = foreignCall(call);
  const [module, tensors] = [symbol.startsWith("keras.") ? "" : "tf.", call.layer.def!.call ?? {}];
  if (module) source.imports.add("tensorflow as tf");
  let placed = true;
  const items = given.flatMap(({ theirs, ours, value: one }): Doc[] => {
    // what is off unless it is asked for
    const off = one === null || one === false;
    placed &&= !off && Object.hasOwn(tensors, ours);
    if (off) return [];
    const doc =
      typeof one === "number" && Object.hasOwn(tensors, ours) ? operand(call, one) : passed(source, one, of);
    return [placed ? doc : argument(theirs, doc)];
  });
  return called(`${module}${symbol.replace("compat.v1.", "")}`, items);
}

/** A number among tensors: TensorFlow takes a whole one for an integer where it comes first. */
const operand = (call: Call, one: number): Doc =>
  usedBy(call)[0]?.dtype.includes("float") ? floatLiteral(one) : value(one);

/** Arguments in Python's order: by place as long as none is left out, then by name. */
function functionArguments(source: Source, call: Call, of: Expressions): Doc[] {
  const def = call.layer.def as unknown as Operation;
  const tensors = new Map(argumentsOf(call));
  let placed = true;
  return argumentNames(def).flatMap((name): Doc[] => {
    const given = Object.hasOwn(def.call ?? {}, name)
      ? tensorArgument(source, tensors.get(name), isVariadic(def, name), of)
      : optionArgument(call.layer, name);
    placed &&= given.length > 0 && (Object.hasOwn(def.call ?? {}, name) || !("default" in def.config[name]));
    return placed ? given : given.map((doc) => argument(name, doc));
  });
}

const isVariadic = ({ call = {} }: Operation, name: string): boolean => {
  const one = call[name];
  return takesTensors(one) && one.variadic === true;
};

function tensorArgument(source: Source, given: Passed | undefined, spread: boolean, of: Expressions): Doc[] {
  if (given === undefined || given === null) return [];
  if (spread) return (given as readonly Passed[]).map((part) => passed(source, part, of));
  return [passed(source, given, of)];
}

function optionArgument({ def, config }: Layer, name: string): Doc[] {
  const field = def!.config[name];
  const unsaid = "default" in field && same(config[name], field.default);
  return unsaid ? [] : [value(field.write?.(config[name], "3") ?? config[name])];
}

/** What stands between the brackets of a subscript: slices in their short form, several between commas. */
function subscript(source: Source, given: Passed, of: Expressions): string {
  const part = (one: Passed): string => {
    if (!isLiteral(one) || one.kind !== "slice") return flat(passed(source, one, of));
    const [start, stop, step] = [one.start, one.stop, one.step].map((k) => (k === null ? "" : String(k)));
    return `${start}:${stop}${step === "" ? "" : `:${step}`}`;
  };
  if (!Array.isArray(given)) return part(given);
  const parts = (given as readonly Passed[]).map(part);
  return parts.length === 1 ? `${parts[0]},` : parts.join(", ");
}
