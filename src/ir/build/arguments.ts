import { didYouMean } from "../../diagnostics.ts";
import { type CallArguments, masks, takesTensors, type TensorArgument } from "../call-arguments.ts";
import { describe, fits, show } from "../fields/schema.ts";
import { arrayOfList } from "../array-literal.ts";
import { inputName, isLiteral } from "../model.ts";
import { formatShape } from "../tensor.ts";
import type { Argument, ArrayLiteral, CallSpec, Literal, NestOf, TensorRef } from "../spec.ts";
import type { Part } from "./construct.ts";

/** The arguments of a call by name, tensors still references. */
export interface BoundCall {
  readonly input: NestOf<TensorRef>;
  readonly args: Readonly<Record<string, Argument>>;
  readonly positional: number;
  readonly training?: boolean;
  readonly silent?: true;
}
type Problem = (message: string, rest?: Rest) => undefined;
interface Rest {
  readonly expected?: string;
  readonly received?: string;
  readonly hint?: string;
}

function unsupportedArgument(layer: string, key: string, names: readonly string[]): [string, Rest] {
  const known = [...new Set([...names, "training"])];
  const message = `${layer} is called with the argument ${key}, which is not supported.`;
  return [message, { expected: known.join(", "), hint: didYouMean(key, known) }];
}

/** Names that Keras gives to the input of most layers. */
const FIRST = ["inputs", "x"];
/** Call arguments that choose nothing here: how a program is run says whether it trains. */
const SILENT = new Map<string, (value: Argument) => boolean>([
  ["training", (value) => value === null || typeof value === "boolean"],
  ["mask", isNothing],
  ["constants", isNothing],
]);

/** Null, or lists and records of it. */
function isNothing(value: Argument): boolean {
  return value === null || (typeof value === "object" && Object.values(value).every(isNothing));
}

/** What a call of a nested model takes. */
const OF_MODEL: CallArguments = { mask: masks };

/** Gives the arguments of a call their names; undefined where one was reported. */
export function bindCall(part: Part, call: CallSpec, layer: string, problem: Problem): BoundCall | undefined {
  if (part.layer.def?.operands) return bindOperands(part.layer.def.call ?? {}, call, layer, problem);
  const declared = part.layer.model ? OF_MODEL : (part.layer.def?.call ?? {});
  const names = [inputName(part.layer), ...Object.keys(declared)];
  const first = [names[0], ...FIRST].find((key) => Object.hasOwn(call.kwargs, key));
  const all = call.args.length ? call.args[0] : first && call.kwargs[first];
  const [input, rest] = apart(all, part.layer.def?.list_rest);
  if (call.args.slice(names.length).some((arg) => arg !== null))
    return problem(`${layer} is called with more than ${names.length > 1 ? names.join(", ") : "its input"}.`);
  const args = new Map(call.args.slice(1, names.length).map((arg, k) => [names[k + 1], arg]));
  for (const [key, value] of Object.entries(rest)) args.set(key, value);
  for (const [key, value] of Object.entries(call.kwargs)) {
    // tf.keras says that of a list in the input's place by name again, as nothing
    if ((key === first && !call.args.length) || (value === null && Object.hasOwn(rest, key))) continue;
    if (args.has(key) || key === first) return problem(`${layer} is given ${key} twice.`);
    if (Object.hasOwn(declared, key)) args.set(key, key === "mask" && isNothing(value) ? null : value);
    else if (!SILENT.get(key)?.(value)) return problem(...unsupportedArgument(layer, key, names));
  }
  if (!isTensors(input))
    return problem(`${layer} is not called on tensors.`, { expected: "a tensor or a list of tensors" });
  withArrays(declared, args);
  if (!fitAll(declared, args, layer, problem)) return undefined;
  const { training } = call.kwargs;
  const positional = Math.min(call.args.length, names.length);
  const silent = call.args.length > 0 && args.size === 0 && Object.keys(call.kwargs).length > 0;
  const bound = { input, args: Object.fromEntries(args), positional, ...(silent && { silent }) } as const;
  return typeof training === "boolean" ? { ...bound, training } : bound;
}

/** The arguments of a function: it has no input. */
function bindOperands(
  declared: CallArguments,
  call: CallSpec,
  layer: string,
  problem: Problem,
): BoundCall | undefined {
  const names = Object.keys(declared);
  const last = names.at(-1);
  const isVariadic = last !== undefined && takesTensors(declared[last]) && declared[last].variadic;
  const given = isVariadic
    ? [...call.args.slice(0, names.length - 1), call.args.slice(names.length - 1)]
    : call.args;
  if (given.length > names.length) return problem(`${layer} is called with more than ${names.join(", ")}.`);
  const args = new Map(given.map((arg, k) => [names[k], arg]));
  for (const [key, value] of Object.entries(call.kwargs)) {
    if (!Object.hasOwn(declared, key)) {
      if (value === null) continue;
      return problem(...unsupportedArgument(layer, key, names));
    }
    if (args.has(key)) return problem(`${layer} is given ${key} twice.`);
    args.set(key, value);
  }
  withArrays(declared, args);
  return fitAll(declared, args, layer, problem)
    ? { input: [], args: Object.fromEntries(args), positional: given.length }
    : undefined;
}

/** Makes arrays of lists of numbers where tensors may stand. */
function withArrays(declared: CallArguments, args: Map<string, Argument>): void {
  const arrayOr = (value: Argument): Argument => arrayOfList(value) ?? value;
  for (const [key, value] of args) {
    const argument = declared[key];
    if (!takesTensors(argument)) continue;
    const isOne = argument.takes === "tensor" || argument.takes === "operand" || !Array.isArray(value);
    args.set(key, isOne ? arrayOr(value) : (value as readonly Argument[]).map(arrayOr));
  }
}

/** Reports an argument that is not what was declared. */
function fitAll(
  declared: CallArguments,
  args: ReadonlyMap<string, Argument>,
  layer: string,
  problem: Problem,
): boolean {
  for (const [key, argument] of Object.entries(declared)) {
    const wrong = misfitOf(argument, args.get(key) ?? null);
    if (wrong === undefined) continue;
    const missing = !args.has(key);
    const message = missing
      ? `The call of ${layer} needs the argument ${key}.`
      : `The argument ${key} of the call of ${layer} does not fit.`;
    problem(message, missing ? { expected: wrong.expected } : wrong);
    return false;
  }
  return true;
}

/** A list of tensors as its first and what the others stand for. */
function apart(
  input: Argument | undefined,
  key: string | undefined,
): [Argument | undefined, Readonly<Record<string, Argument>>] {
  if (key === undefined || !Array.isArray(input)) return [input, {}];
  const [first, ...others] = input as readonly Argument[];
  return [first, others.length ? { [key]: others } : {}];
}

type Declared = NonNullable<NonNullable<Part["layer"]["def"]>["call"]>[string];

function misfitOf(declared: Declared, value: Argument): { expected: string; received: string } | undefined {
  const received =
    value === null
      ? "nothing"
      : isTensors(value)
        ? "tensors"
        : isArray(value)
          ? `an array of shape ${formatShape(value.shape)}`
          : show(value);
  if (takesTensors(declared))
    return value === null && !declared.required
      ? undefined
      : TAKES[declared.takes].fits(value)
        ? undefined
        : { expected: TAKES[declared.takes].expected, received };
  return value === null || fits(declared.schema, value)
    ? undefined
    : { expected: describe(declared.schema), received };
}

const TAKES: Readonly<
  Record<TensorArgument["takes"], { readonly expected: string; readonly fits: (value: Argument) => boolean }>
> = {
  tensor: { expected: "a tensor or an array of numbers", fits: isTensorOrArray },
  operand: { expected: "a tensor, a number or an array of numbers", fits: isOperand },
  operands: {
    expected: "a list of tensors",
    fits: (value) => Array.isArray(value) && value.length > 0 && value.every(isOperand),
  },
  tensors: { expected: "a tensor or a list of tensors", fits: isTensors },
  masks: {
    expected: "a tensor, or a list of tensors, null where there is none",
    fits: (value) =>
      isTensorOrArray(value) ||
      (Array.isArray(value) && value.every((one: Argument) => one === null || isTensorOrArray(one))),
  },
};

function isOperand(value: Argument): boolean {
  return typeof value === "number" || typeof value === "boolean" || isTensorOrArray(value);
}
const isArray = (value: Argument): value is ArrayLiteral => isLiteral(value) && value.kind === "array";
function isTensorOrArray(value: Argument): boolean {
  return isTensor(value) || isArray(value);
}
function isTensor(value: Argument | undefined): value is TensorRef {
  return typeof value === "object" && value !== null && (value as TensorRef).kind === "tensor";
}
function isTensors(nest: Argument | undefined): nest is NestOf<TensorRef> {
  if (typeof nest !== "object" || nest === null) return false;
  if (Array.isArray(nest)) return nest.length > 0 && nest.every(isTensors);
  return isTensor(nest) || Object.values(nest).every(isTensors);
}

/** The references in an argument, from left to right. */
export function refsIn(argument: Argument): TensorRef[] {
  if (isTensor(argument)) return [argument];
  if (isLiteral(argument)) return [];
  return typeof argument === "object" && argument !== null ? Object.values(argument).flatMap(refsIn) : [];
}

/** An argument of the same form with every reference replaced. */
export function mapRefs<T>(
  argument: Argument,
  leaf: (ref: TensorRef) => T,
): NestOf<T | Literal | Exclude<Argument, object>> {
  if (typeof argument !== "object" || argument === null) return argument as Exclude<Argument, object>;
  if (isLiteral(argument)) return argument;
  if (isTensor(argument)) return leaf(argument);
  if (Array.isArray(argument)) return (argument as readonly Argument[]).map((part) => mapRefs(part, leaf));
  return Object.fromEntries(
    Object.entries(argument).map(([key, part]) => [key, mapRefs(part as Argument, leaf)]),
  );
}
