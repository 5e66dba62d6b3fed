import { type Bound, type CallArguments, takesTensors } from "./call-arguments.ts";
import { type LayerDef, listOf } from "./layer.ts";
import { type Passed, type Value, valuesIn } from "./model.ts";

/** The arguments of a call as a layer takes them: every tensor as `leaf` has it, what was not given at its default. */
export function boundArguments<T>(
  { call = {} }: Pick<LayerDef, "call">,
  args: Readonly<Record<string, Passed>>,
  leaf: (value: Value) => T,
): Bound<CallArguments, T> {
  const bound = Object.entries(call).map(([key, argument]): [string, unknown] => {
    const given = Object.hasOwn(args, key) ? args[key] : null;
    if (given === null) return [key, takesTensors(argument) ? undefined : argument.default];
    if (!takesTensors(argument)) return [key, argument.read ? argument.read(given, () => undefined) : given];
    if (argument.takes === "masks")
      return [
        key,
        listOf<Passed>(given as Passed | readonly Passed[]).map((one) =>
          one === null ? undefined : leaf(one as Value),
        ),
      ];
    if (typeof given === "number") return [key, given];
    const values = valuesIn(given).map(leaf);
    return [key, argument.takes === "tensors" ? values : values[0]];
  });
  return Object.fromEntries(bound) as Bound<CallArguments, T>;
}
