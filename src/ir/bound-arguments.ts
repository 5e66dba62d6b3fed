import { type Bound, type CallArguments, takesTensors } from "./call-arguments.ts";
import { type LayerDef, listOf } from "./layer.ts";
import { isLiteral, type Passed, type Value, valuesIn } from "./model.ts";
import type { ArrayLiteral } from "./spec.ts";

/** The arguments of a call as a layer takes them: every tensor and array as `leaf` has it, what was not given at its default. */
export function boundArguments<T>(
  { call = {} }: Pick<LayerDef, "call">,
  args: Readonly<Record<string, Passed>>,
  leaf: (value: Value | ArrayLiteral) => T,
): Bound<CallArguments, T> {
  const bound = Object.entries(call).map(([key, argument]): [string, unknown] => {
    const given = Object.hasOwn(args, key) ? args[key] : null;
    if (given === null) return [key, takesTensors(argument) ? undefined : argument.default];
    if (!takesTensors(argument)) return [key, argument.read ? argument.read(given, () => undefined) : given];
    if (argument.takes === "masks")
      return [
        key,
        listOf<Passed>(given as Passed | readonly Passed[]).map((one) =>
          one === null ? undefined : leaf(one as Value | ArrayLiteral),
        ),
      ];
    if (argument.takes === "operand") return [key, operandOf(given, leaf)];
    if (argument.takes === "operands")
      return [key, (given as readonly Passed[]).map((one) => operandOf(one, leaf))];
    if (argument.takes === "tensors") return [key, valuesIn(given).map(leaf)];
    return [key, leaf(isLiteral(given) ? (given as ArrayLiteral) : valuesIn(given)[0])];
  });
  return Object.fromEntries(bound) as Bound<CallArguments, T>;
}

/** A number as it is (true is 1), a tensor or array as `leaf` has it. */
function operandOf<T>(given: Passed, leaf: (value: Value | ArrayLiteral) => T): T | number {
  if (typeof given === "number" || typeof given === "boolean") return Number(given);
  return leaf(isLiteral(given) ? (given as ArrayLiteral) : valuesIn(given)[0]);
}
