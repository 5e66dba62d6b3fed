import { type Diagnostic, didYouMean, ModelError } from "../../diagnostics.ts";
import type { Value } from "./values.ts";
import { fail, where, type World } from "./world.ts";

/** An argument with the place of its value. */
export interface Given {
  readonly value: Value;
  readonly offset: number;
  /** Of the keyword, where there is one. */
  readonly key?: number;
  /** Of the items of a list or tuple that is written out. */
  readonly items?: readonly number[];
}
/** Arguments of a call, stars spread out. */
export interface Args {
  readonly positional: readonly Given[];
  readonly keyword: ReadonlyMap<string, Given>;
  /** Of the call. */
  readonly offset: number;
}

/** Where the item of an argument stands that is a list. */
export const itemAt = ({ items, offset }: Given, k: number): number => items?.[k] ?? offset;

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

/** As `bind`, and every name must be known; those in `unsaid` are taken, and no message names them. */
export function bindKnown(
  w: World,
  what: string,
  names: readonly string[],
  args: Args,
  more: readonly string[] = [],
  unsaid: readonly string[] = [],
): Map<string, Given> {
  const bound = bind(w, what, names, args);
  const known = [...names, ...more];
  const problems = [...bound].flatMap(([name, { offset, key = offset }]): Diagnostic[] => {
    if (known.includes(name) || unsaid.includes(name)) return [];
    const hint =
      Object.hasOwn(OLDER, name) && known.includes(OLDER[name]) ? today(name) : didYouMean(name, known);
    const message = `${what} has no argument ${name}.`;
    const at = where(w, key);
    return [{ code: "python-arguments", message, at, expected: known.join(", "), ...(hint && { hint }) }];
  });
  if (problems.length > 0) throw new ModelError(problems);
  return bound;
}

/** What Keras 1 called arguments of models' methods. */
const OLDER: Readonly<Record<string, string>> = {
  nb_epoch: "epochs",
  samples_per_epoch: "steps_per_epoch",
  nb_val_samples: "validation_steps",
  val_samples: "steps",
  nb_worker: "workers",
  max_q_size: "max_queue_size",
};
const today = (name: string): string => `Keras calls it ${OLDER[name]} since version 2.`;
