import type { Args } from "./arguments.ts";
import type { Expr, Statement, StatementOf } from "./ast.ts";
import { evaluate, find, type Frame, functionOf } from "./expressions.ts";
import { forgetChanged } from "./forgotten.ts";
import { type FunctionValue, is, tuple, type Value } from "./values.ts";
import { fail, note, opaque, statementText, type World } from "./world.ts";

type Def = Extract<FunctionValue, { kind: "function" }>;
const MAX_CALLS = 100;
/** Decorators that leave what a function computes as it is. */
const transparent =
  /^(tensorflow\.function|tensorflow\.autograph\..*|functools\.(wraps|lru_cache|cache)|abc\.abstractmethod|typing\.\w+)$/;
type As = NonNullable<Def["as"]>;
const methods: ReadonlyMap<string, As> = new Map([
  ["property", "property"],
  ["staticmethod", "static"],
  ["classmethod", "class"],
]);

/** `def`: the function; one whose decorator would change it is not known. */
export function define(f: Frame, def: StatementOf<"def">): Value {
  const setter = settersProperty(f, def);
  if (setter) return { ...setter, setter: functionOf(f, def) };
  const rest = def.decorators.filter((one) => methodAs(f, one) === undefined);
  const [as] = def.decorators.flatMap((one) => methodAs(f, one) ?? []);
  if (rest.every((decorator) => isTransparent(f, decorator)))
    return { ...functionOf(f, def), ...(as && { as }) };
  note(f.w, def.offset, `Not read, for its decorator: ${statementText(f.w)}`);
  forgetChanged(f, [def]);
  return opaque(f.w);
}

function isTransparent(f: Frame, decorator: Expr): boolean {
  const v = evaluate(f, uncalled(decorator));
  return is(v, "module") && transparent.test(v.path);
}

/** `@functools.wraps(fn)` is known by its name. */
export function uncalled(decorator: Expr): Expr {
  if (decorator.kind !== "postfix" || decorator.trailers.at(-1)!.kind !== "call") return decorator;
  const trailers = decorator.trailers.slice(0, -1);
  return trailers.length > 0 ? { ...decorator, trailers } : decorator.base;
}

function methodAs(f: Frame, decorator: Expr): As | undefined {
  if (decorator.kind === "name" && !find(f, decorator.name)) return methods.get(decorator.name);
  const v = decorator.kind === "postfix" ? evaluate(f, decorator) : null;
  return is(v, "module") && v.path === "functools.cached_property" ? "property" : undefined;
}

/** The property that `@units.setter` is for. */
function settersProperty(f: Frame, { decorators: [one], name }: StatementOf<"def">): Def | undefined {
  if (one?.kind !== "postfix" || one.base.kind !== "name" || one.base.name !== name) return undefined;
  const [last] = one.trailers;
  const v = find(f, name) ?? null;
  const isSetter = last.kind === "attribute" && last.name === "setter" && one.trailers.length === 1;
  return isSetter && is(v, "function") && v.as === "property" ? v : undefined;
}

/** Calls a `def` or lambda: arguments bound, body run, its value returned. */
export function callFunction(
  w: World,
  fn: Def,
  args: Args,
  block: (
    f: Frame,
    body: readonly Statement[],
  ) => { readonly kind: string; readonly value?: Value } | undefined,
): Value {
  if (++w.meter.calls > MAX_CALLS)
    fail(w, args.offset, "python-recursion", `The function ${fn.def.name} calls itself too deeply.`);
  const now = { ...w.now };
  try {
    const locals = parameters(w, fn, args);
    const self = locals.get(fn.def.parameters[0]?.name ?? "");
    const frame = {
      w,
      locals,
      outer: fn.scope,
      elsewhere: new Map(),
      ofClass: fn.as === "lines",
      ...(fn.owner && self !== undefined && { method: { owner: fn.owner, self } }),
    };
    const leave = block(frame, fn.def.body);
    return leave?.kind === "return" ? (leave.value ?? null) : null;
  } finally {
    Object.assign(w.now, now);
    w.meter.calls--;
  }
}

/** `global` and `nonlocal`: these names are another scope's from here on. */
export function redirect(f: Frame, { word, names }: StatementOf<"scope">): void {
  for (const name of names) {
    let scope = f.outer;
    while (scope && !scope.locals?.has(name)) scope = scope.outer;
    f.elsewhere?.set(name, (word === "nonlocal" ? scope?.locals : undefined) ?? f.w.globals);
  }
}

function parameters(w: World, { def, defaults }: Def, args: Args): Map<string, Value> {
  const locals = new Map(defaults);
  const plainOnes = def.parameters.filter((p) => p.star === undefined);
  const starAt = def.parameters.findIndex((p) => p.star === "*");
  const places = starAt < 0 ? plainOnes.length : def.parameters.slice(0, starAt).length;
  const rest = def.parameters.find((p) => p.star === "*" && p.name !== "");
  const more = def.parameters.find((p) => p.star === "**");
  args.positional.forEach(({ value, offset }, i) => {
    if (i < places) locals.set(plainOnes[i].name, value);
    else if (!rest)
      fail(w, offset, "python-arguments", `${def.name} takes ${places} arguments by position.`, {
        received: `${args.positional.length}`,
      });
  });
  if (rest) locals.set(rest.name, tuple(args.positional.slice(places).map((g) => g.value)));
  const extra = new Map<string, Value>();
  for (const [name, { value, offset }] of args.keyword) {
    if (plainOnes.some((p) => p.name === name)) locals.set(name, value);
    else if (more) extra.set(name, value);
    else
      fail(w, offset, "python-arguments", `${def.name} has no argument ${name}.`, {
        expected: plainOnes.map((p) => p.name).join(", "),
      });
  }
  if (more) locals.set(more.name, { kind: "dict", entries: new Map(extra) });
  const missing = plainOnes.find((p) => !locals.has(p.name));
  if (missing) fail(w, args.offset, "python-arguments", `${def.name} needs the argument ${missing.name}.`);
  return locals;
}
