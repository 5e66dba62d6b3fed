import { apply } from "./builtins.ts";
import { is, lookIn, type Value } from "./values.ts";
import { opaque, type World } from "./world.ts";

/** What an object of the snippet's own class gives for a method by which Python means something; undefined without it. */
export function bySpecial(
  w: World,
  v: Value,
  name: string,
  args: readonly Value[],
  offset: number,
): Value | undefined {
  if (!is(v, "namespace") || !v.of) return undefined;
  const code = lookIn(v.of, name);
  if (code === undefined) return undefined;
  return is(code, "function") ? apply(w, code, [v, ...args], { offset }) : v.other;
}

const words: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "truediv",
  "//": "floordiv",
  "%": "mod",
  "**": "pow",
  "@": "matmul",
  "|": "or",
  "&": "and",
  "^": "xor",
  ">>": "rshift",
  "<<": "lshift",
};

/** `a + b` by `a.__add__`, else by `b.__radd__`; `a += b` by `__iadd__` first. */
export function ownInfix(
  w: World,
  op: string,
  [left, right]: readonly [Value, Value],
  offset: number,
  in_place: boolean,
): Value | undefined {
  const word = words[op];
  const changed = in_place ? bySpecial(w, left, `__i${word}__`, [right], offset) : undefined;
  return (
    changed ??
    bySpecial(w, left, `__${word}__`, [right], offset) ??
    bySpecial(w, right, `__r${word}__`, [left], offset)
  );
}

/** How the other side says the same. */
const comparisons: Readonly<Record<string, readonly [string, string]>> = {
  "==": ["__eq__", "__eq__"],
  "!=": ["__ne__", "__ne__"],
  "<": ["__lt__", "__gt__"],
  ">": ["__gt__", "__lt__"],
  "<=": ["__le__", "__ge__"],
  ">=": ["__ge__", "__le__"],
};

export function ownComparison(
  w: World,
  op: string,
  left: Value,
  right: Value,
  offset: number,
): Value | undefined {
  if (op === "in" || op === "not in") return contained(w, op, left, right, offset);
  if (!Object.hasOwn(comparisons, op)) return undefined;
  const [own, other] = comparisons[op];
  const said = bySpecial(w, left, own, [right], offset) ?? bySpecial(w, right, other, [left], offset);
  if (said !== undefined || op !== "!=") return said;
  return not(w, ownComparison(w, "==", left, right, offset));
}

function contained(w: World, op: string, left: Value, right: Value, offset: number): Value | undefined {
  const said = bySpecial(w, right, "__contains__", [left], offset);
  if (said !== undefined) return op === "in" ? said : not(w, said);
  // which item is the same its class says
  return is(left, "namespace") && left.of && lookIn(left.of, "__eq__") ? opaque(w) : undefined;
}

const not = (w: World, v: Value | undefined): Value | undefined =>
  v === undefined ? v : typeof v === "boolean" ? !v : opaque(w);
