import { type CallArguments, masks, takesTensors, type TensorArgument } from "../call-arguments.ts";
import { describe, fits, show } from "../fields/schema.ts";
import { inputName } from "../model.ts";
import type { Argument, CallSpec, NestOf, TensorRef } from "../spec.ts";
import type { Part } from "./construct.ts";

/** The arguments of a call by name, tensors still references. */
export interface BoundCall {
  readonly input: NestOf<TensorRef>;
  readonly args: Readonly<Record<string, Argument>>;
  readonly positional: number;
  readonly training?: boolean;
}
type Problem = (message: string, rest?: { expected?: string; received?: string }) => undefined;

/** Names that Keras gives to the input of most layers. */
const FIRST = ["inputs", "x"];
/** Call arguments that choose nothing here: how a program is run says whether it trains. */
const SILENT = new Map<string, (value: Argument) => boolean>([
  ["training", (value) => value === null || typeof value === "boolean"],
  ["mask", (value) => value === null || (Array.isArray(value) && value.every((one) => one === null))],
]);

/** What a call of a nested model takes. */
const OF_MODEL: CallArguments = { mask: masks };

/** Gives the arguments of a call their names; undefined where one was reported. */
export function bindCall(part: Part, call: CallSpec, layer: string, problem: Problem): BoundCall | undefined {
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
    if (key === first && !call.args.length) continue;
    if (args.has(key) || key === first) return problem(`${layer} is given ${key} twice.`);
    if (Object.hasOwn(declared, key)) args.set(key, value);
    else if (!SILENT.get(key)?.(value))
      return problem(`${layer} is called with ${key}, which is not supported.`);
  }
  if (!isTensors(input))
    return problem(`${layer} is not called on tensors.`, { expected: "a tensor or a list of tensors" });
  for (const [key, argument] of Object.entries(declared)) {
    const wrong = misfitOf(argument, args.get(key) ?? null);
    if (wrong !== undefined) return problem(`${layer} is called with a ${key} that does not fit.`, wrong);
  }
  const { training } = call.kwargs;
  const positional = Math.min(call.args.length, names.length);
  const bound = { input, args: Object.fromEntries(args), positional };
  return typeof training === "boolean" ? { ...bound, training } : bound;
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
  const received = value === null ? "nothing" : isTensors(value) ? "tensors" : show(value);
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
  tensor: { expected: "a tensor", fits: isTensor },
  operand: {
    expected: "a tensor or a number",
    fits: (value) => typeof value === "number" || isTensor(value),
  },
  tensors: { expected: "a tensor or a list of tensors", fits: isTensors },
  masks: {
    expected: "a tensor, or a list of tensors, null where there is none",
    fits: (value) =>
      isTensor(value) ||
      (Array.isArray(value) && value.every((one: Argument) => one === null || isTensor(one))),
  },
};

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
  return typeof argument === "object" && argument !== null ? Object.values(argument).flatMap(refsIn) : [];
}

/** An argument of the same form with every reference replaced. */
export function mapRefs<T>(
  argument: Argument,
  leaf: (ref: TensorRef) => T,
): NestOf<T | Exclude<Argument, object>> {
  if (typeof argument !== "object" || argument === null) return argument as Exclude<Argument, object>;
  if (isTensor(argument)) return leaf(argument);
  if (Array.isArray(argument)) return (argument as readonly Argument[]).map((part) => mapRefs(part, leaf));
  return Object.fromEntries(
    Object.entries(argument).map(([key, part]) => [key, mapRefs(part as Argument, leaf)]),
  );
}
