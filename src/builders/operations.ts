import { ModelError } from "../diagnostics.ts";
import { outputCount } from "../ir/build.ts";
import { type CallArguments, takesTensors } from "../ir/call-arguments.ts";
import { isRecord, show } from "../ir/fields/schema.ts";
import { layerTable } from "../ir/layers/index.ts";
import { operations } from "../ir/operations/index.ts";
import type { Operation } from "../ir/operations/operation.ts";
import { checkOptions, anything } from "../ir/options.ts";
import type { Operations } from "./operations.gen.ts";
import {
  checkTensors,
  type Handle,
  type Passed,
  recordCall,
  stamp,
  type SymbolicTensor,
  tensorsIn,
} from "./handles.ts";

type Options = Readonly<Record<string, unknown>>;
const all = operations.flat() as readonly unknown[] as readonly Operation[];
const byClass = new Map(all.map((one) => [one.name, one]));

/** What a function of this Python name is called in JavaScript. */
const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** A call of an operation on its operands. */
export function operate(
  operation: Operation,
  config: Options,
  args: readonly Passed[],
): readonly SymbolicTensor[] {
  const class_name = `${operation.module}.${operation.name}`;
  const layer: Handle = { class_name, name: undefined, config, stamp: stamp(), calls: [] };
  const node = recordCall(layer, args, {});
  const count = operation.outputs ? outputCount(class_name, config, {}, layerTable) : 1;
  return Array.from({ length: count }, (_, index) => ({ kind: "symbolic", node, index }));
}
/** The same by the name of its class. */
export const operateBy = (name: string, config: Options, args: readonly Passed[]): SymbolicTensor =>
  operate(byClass.get(name)!, config, args)[0];

/** An operand: symbolic tensors or a number. An argument that is none is an index, with `{ start, stop, step }` for slices. */
function operandOf(what: string, argument: CallArguments[string], given: unknown): Passed {
  if (!takesTensors(argument)) return indexOf(given);
  if (typeof given === "number" || typeof given === "boolean") return given;
  if (Array.isArray(given))
    return (given as readonly unknown[]).map((part) => operandOf(what, argument, part));
  checkTensors(what, given);
  return given;
}

function indexOf(given: unknown): Passed {
  if (Array.isArray(given)) return (given as readonly unknown[]).map(indexOf);
  if (given === "...") return { kind: "ellipsis" };
  if (!isRecord(given)) return given as Passed;
  const { start = null, stop = null, step = null } = given as Readonly<Record<string, number | null>>;
  return { kind: "slice", start, stop, step };
}

function builder(name: string, operation: Operation): (...given: readonly unknown[]) => unknown {
  const called = Object.entries(operation.call ?? {});
  const least = called.filter(([, one]) => !takesTensors(one) || one.required).length;
  const keys = Object.entries(operation.config).flatMap(([key, field]) => [key, ...(field.aliases ?? [])]);
  const schemas = Object.fromEntries(keys.map((key) => [key, anything]));
  return (...given) => {
    const options = given.length > least && isOptions(given.at(-1)) ? (given.at(-1) as Options) : {};
    const operands = isOptions(given.at(-1)) && given.length > least ? given.slice(0, -1) : given;
    if (operands.length < least || operands.length > called.length)
      throw misfit(
        name,
        called.map(([key]) => key),
        operands,
      );
    checkOptions(`ops.${name}`, options, schemas);
    const args = operands.map((one, k) => operandOf(`The ${called[k][0]} of ops.${name}`, called[k][1], one));
    if (args.flatMap(tensorsIn).length === 0) checkTensors(`What ops.${name} is called on`, operands[0]);
    const outputs = operate(operation, options, args);
    return operation.outputs ? outputs : outputs[0];
  };
}
const isOptions = (value: unknown): boolean => isRecord(value) && value.kind !== "symbolic";

const misfit = (name: string, names: readonly string[], given: readonly unknown[]): ModelError =>
  new ModelError({
    code: "bad-call",
    message: `ops.${name} is called with another number of operands.`,
    expected: `${names.join(", ")}, then an object of options`,
    received: show(given.length),
  });

/** Functions of `keras.ops` on symbolic tensors: `ops.mean(x, { axis: 1 })`; `getItem` is Python's `x[…]`. */
export const ops = Object.fromEntries(
  all.flatMap((operation) =>
    (operation.name === "GetItem" ? ["get_item"] : operation.functions).map((python) => {
      const name = camelCase(python);
      return [name, builder(name, operation)];
    }),
  ),
) as unknown as Operations;
