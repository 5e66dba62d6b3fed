import { closest } from "../../diagnostics.ts";
import type { Value } from "./values.ts";
import { fail, type World } from "./world.ts";

/** An argument with the place of its value. */
export interface Given {
  readonly value: Value;
  readonly offset: number;
  /** Of the keyword, where there is one. */
  readonly key?: number;
}
/** Arguments of a call, stars spread out. */
export interface Args {
  readonly positional: readonly Given[];
  readonly keyword: ReadonlyMap<string, Given>;
  /** Of the call. */
  readonly offset: number;
}

/** Gives positional arguments their names. `what` is the thing called, for messages. */
export function bind(w: World, what: string, names: readonly string[], args: Args): Map<string, Given> {
  if (args.positional.length > names.length) {
    fail(w, args.positional[names.length].offset, "python-arguments", `${what} has too many arguments.`, {
      expected:
        names.length === 0
          ? "arguments by keyword only"
          : `at most ${names.length} by position (${names.join(", ")})`,
      received: `${args.positional.length}`,
    });
  }
  const bound = new Map(args.positional.map((given, i) => [names[i], given]));
  for (const [name, given] of args.keyword) {
    if (bound.has(name)) fail(w, given.offset, "python-arguments", `${what} is given ${name} twice.`);
    bound.set(name, given);
  }
  return bound;
}

/** As `bind`, and every name must be known. */
export function bindKnown(
  w: World,
  what: string,
  names: readonly string[],
  args: Args,
  more: readonly string[] = [],
): Map<string, Given> {
  const bound = bind(w, what, names, args);
  for (const [name, { offset, key = offset }] of bound) {
    if (names.includes(name) || more.includes(name)) continue;
    const near = closest(name, [...names, ...more]);
    fail(w, key, "python-arguments", `${what} has no argument ${name}.`, {
      expected: [...names, ...more].join(", "),
      ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
    });
  }
  return bound;
}
