import { ModelError } from "../../diagnostics.ts";
import type { Args, Given } from "./arguments.ts";
import type { CallArg, Expr } from "./ast.ts";
import { iterate } from "./builtins.ts";
import { Broken, each } from "./collect.ts";
import { evaluate, type Frame } from "./expressions.ts";
import { plain } from "./plain.ts";
import { mayBeCaught } from "./raised.ts";
import { is, type Value } from "./values.ts";
import { fail, opaque, walkable, type World } from "./world.ts";

/** Arguments with their places. What only looks on may be given anything: what cannot be read there matters to nobody. */
export function argumentsOf(f: Frame, list: readonly CallArg[], offset: number, quiet: boolean): Args {
  const positional: Given[] = [];
  const keyword = new Map<string, Given>();
  const values = each(f.w, list, (arg) =>
    walkable(f.w, quiet ? quietly(f, arg.value) : evaluate(f, arg.value), arg.offset),
  );
  for (const [k, arg] of list.entries()) {
    const v = values[k];
    if (arg.star === "*")
      for (const x of iterate(f.w, v, arg.offset) ?? [opaque(f.w)])
        positional.push({ value: x, offset: arg.offset });
    else if (arg.star === "**") spreadKeywords(f.w, v, keyword, arg.offset);
    else if (arg.name === undefined && list.slice(0, k).some((before) => before.name !== undefined))
      fail(f.w, arg.value.offset, "python-arguments", "An argument without a name follows one with a name.", {
        hint: "Put it before the named ones, or give it its name.",
      });
    else if (arg.name === undefined) positional.push(given(arg.value, v));
    else if (keyword.has(arg.name))
      fail(f.w, arg.offset, "python-arguments", `The argument ${arg.name} is given twice.`);
    else keyword.set(arg.name, { ...given(arg.value, v), key: arg.offset });
  }
  return { positional, keyword, offset };
}

/** A value with the places of what it is made of. */
function given(e: Expr, value: Value): Given {
  const { offset } = e;
  if ((e.kind !== "list" && e.kind !== "tuple") || e.items.some(({ kind }) => kind === "star"))
    return { value, offset };
  return { value, offset, items: e.items.map((item) => item.offset) };
}

function spreadKeywords(w: World, v: Value, keyword: Map<string, Given>, offset: number): void {
  if (!is(v, "dict")) plain(w, v, offset);
  else for (const [key, value] of v.entries) keyword.set(String(key), { value, offset });
}

function quietly(f: Frame, e: Expr): Value {
  const { problems } = f.w;
  const before = problems.length;
  try {
    return evaluate(f, e);
  } catch (error) {
    if (mayBeCaught(f.w, error)) throw error;
    const own = error instanceof Broken && problems.length > before;
    if (!own && !(error instanceof ModelError)) throw error;
    problems.length = before;
    return opaque(f.w);
  }
}
