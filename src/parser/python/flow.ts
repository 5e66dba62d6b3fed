import { iterate } from "./builtins.ts";
import type { Statement, StatementOf } from "./ast.ts";
import { evaluate, type Frame } from "./expressions.ts";
import { isLibrary } from "./names.ts";
import { holds } from "./operators.ts";
import { passOver, touchesModels } from "./pass-over.ts";
import { is, type ListValue, type RangeValue, type Value } from "./values.ts";
import { raise } from "./raised.ts";
import { MAX_ITERATIONS, note, opaque, spendIteration, statementText } from "./world.ts";

/** How a block ended, where not at its end. */
export type Leave =
  { readonly kind: "return"; readonly value: Value } | { readonly kind: "break" | "continue" } | undefined;
/** Runs the statements of a block, and gives values to names. */
export interface Runner {
  readonly block: (f: Frame, body: readonly Statement[]) => Leave;
  readonly bind: (f: Frame, target: StatementOf<"for">["target"], v: Value) => void;
}

/** `for`. A loop over unknown values is passed over where nothing in it touches the models; else it is refused. */
export function loop(f: Frame, s: StatementOf<"for">, run: Runner): Leave {
  const over = evaluate(f, s.over);
  if (is(over, "range") && isLong(over) && !touchesModels(f, s.body))
    return passOver(f, s, opaque(f.w), [...s.body, ...s.otherwise], [s.target]);
  const items = is(over, "list") && over.once ? oneByOne(over) : iterate(f.w, over, s.over.offset);
  if (items === undefined) return passOver(f, s, over, [...s.body, ...s.otherwise], [s.target]);
  for (const item of items) {
    if (goesOnWithoutModels(f, s))
      return passOver(f, s, opaque(f.w), [...s.body, ...s.otherwise], [s.target]);
    spendIteration(f.w, s.offset);
    run.bind(f, s.target, item);
    const leave = run.block(f, s.body);
    if (leave?.kind === "break") return undefined;
    if (leave?.kind === "return") return leave;
  }
  return run.block(f, s.otherwise);
}

/** What a loop leaves of an iterator is there for the next one. */
function* oneByOne({ items }: ListValue): Generator<Value> {
  while (items.length > 0) yield items.shift()!;
}

/** `while`, as long as its condition is known. */
export function repeat(f: Frame, s: StatementOf<"while">, run: Runner): Leave {
  for (;;) {
    const test = evaluate(f, s.test);
    if (isUnknown(test)) return passOver(f, s, test, [...s.body, ...s.otherwise]);
    if (!holds(f.w, test, s.test.offset)) return run.block(f, s.otherwise);
    if (goesOnWithoutModels(f, s)) return passOver(f, s, opaque(f.w), [...s.body, ...s.otherwise]);
    spendIteration(f.w, s.offset);
    const leave = run.block(f, s.body);
    if (leave?.kind === "break") return undefined;
    if (leave?.kind === "return") return leave;
  }
}

/** `if`. Where a condition is unknown, all branches are passed over that it could choose from. */
export function branch(f: Frame, s: StatementOf<"if">, run: Runner): Leave {
  for (const [i, { test, body }] of s.branches.entries()) {
    const v = evaluate(f, test);
    if (isUnknown(v)) {
      const left = s.branches.slice(i).flatMap((other) => other.body);
      return passOver(f, s, v, [...left, ...s.otherwise]);
    }
    if (holds(f.w, v, test.offset)) return run.block(f, body);
  }
  return run.block(f, s.otherwise);
}
const isUnknown = (v: Value): boolean => is(v, "opaque", "data", "free") || isLibrary(v);

const isLong = ({ start, stop, step }: RangeValue): boolean => (stop - start) / step > MAX_ITERATIONS / 2;

/** Half of all rounds are kept for loops that build models. */
const goesOnWithoutModels = (f: Frame, s: StatementOf<"for" | "while">): boolean =>
  f.w.meter.iterations >= MAX_ITERATIONS / 2 && !touchesModels(f, s.body);

/** `with`: what a context does to the computer is nothing to the model; its block counts. */
export function context(f: Frame, s: StatementOf<"with">, run: Runner): Leave {
  for (const { value, target } of s.items) {
    const v = evaluate(f, value);
    if (/^with\s+open\b/.test(statementText(f.w))) note(f.w, s.offset, `Not run: ${statementText(f.w)}`);
    if (target) run.bind(f, target, is(v, "layer", "tensor", "list", "tuple", "dict") ? v : opaque(f.w));
  }
  return run.block(f, s.body);
}

/** `assert`: where it is known not to hold, Python stops. */
export function check(f: Frame, s: StatementOf<"assert">): undefined {
  const v = evaluate(f, s.test);
  if (!isUnknown(v) && !holds(f.w, v, s.test.offset))
    raise(f.w, "AssertionError", s.offset, "python-value", "This assertion does not hold.");
}
