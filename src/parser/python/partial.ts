import type { Args } from "./arguments.ts";
import type { Value } from "./values.ts";
import { fail, type World } from "./world.ts";

/** A function or class with some of its arguments: what `functools.partial` makes. */
export interface PartialValue {
  readonly kind: "partial";
  readonly fn: Value;
  readonly args: Args;
}

/** `functools.partial(fn, …)`. */
export function partial(w: World, { positional: [fn, ...positional], keyword, offset }: Args): PartialValue {
  if (fn === undefined) return fail(w, offset, "python-arguments", "partial() needs a function.");
  return { kind: "partial", fn: fn.value, args: { positional, keyword, offset } };
}

/** The arguments of a call of it: those by name may replace those that it has. */
export const joinedArguments = ({ args }: PartialValue, call: Args): Args => ({
  positional: [...args.positional, ...call.positional],
  keyword: new Map([...args.keyword, ...call.keyword]),
  offset: call.offset,
});
