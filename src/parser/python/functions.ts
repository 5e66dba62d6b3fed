import type { Args } from "./arguments.ts";
import type { Expr, Statement, StatementOf } from "./ast.ts";
import { evaluate, type Frame, functionOf } from "./expressions.ts";
import { forgetChanged } from "./forgotten.ts";
import { describe, type FunctionValue, is, tuple, type Value } from "./values.ts";
import { fail, note, opaque, statementText, type World } from "./world.ts";

type Def = Extract<FunctionValue, { kind: "function" }>;
const MAX_CALLS = 100;
/** Decorators that leave what a function computes as it is. */
const transparent = /^(tensorflow\.function|tensorflow\.autograph\..*|functools\.(wraps|lru_cache|cache))$/;

/** `def`: the function; one whose decorator would change it is not known. */
export function define(f: Frame, def: StatementOf<"def">): Value {
  const plain = def.decorators.every((decorator) => {
    const v = evaluate(f, decorator);
    return is(v, "module")
      ? transparent.test(v.path)
      : is(v, "opaque") && /^@?(tf|tensorflow)\.function/.test(v.text);
  });
  if (plain) return functionOf(f, def);
  note(f.w, def.offset, `Not read, for its decorator: ${statementText(f.w)}`);
  forgetChanged(f, [def]);
  return opaque(f.w);
}

/** `class`: models and layers of one's own are code, which is never run; other classes matter to no model. */
export function defineClass(f: Frame, s: StatementOf<"class">): Value {
  const { w } = f;
  for (const { value, offset } of s.bases) {
    const base = evaluate(f, value);
    if (!is(base, "keras")) continue;
    const { name, module } = base.name;
    const hint =
      name === "Model" || name === "Sequential"
        ? "Write it in the functional form: inputs = keras.Input(…), outputs = layers…(inputs), model = keras.Model(inputs, outputs)."
        : "Write a function that puts Keras's own layers together, or save the model in Python and give the file.";
    if (name === "Model" || name === "Sequential" || /^keras\.(layers|initializers)$/.test(module))
      fail(
        w,
        offset,
        "python-unsupported",
        `${s.name} is a subclass of ${describe(base)}: its code is not run.`,
        { hint },
      );
  }
  const makes_tuples = s.bases.length === 1 && isNamedTuple(evaluate(f, s.bases[0].value));
  const has_members = s.bases.length === 1 && isEnum(evaluate(f, s.bases[0].value));
  const plain = s.bases.length === 0 || makes_tuples || has_members;
  const lines = plain ? valuesOf(f, s) : new Map<string, Value>();
  const values = has_members ? membersOf(f.w, lines) : lines;
  const fields = plain ? annotated(s) : [];
  const has_init = s.body.some((one) => one.kind === "def" && one.name === "__init__");
  if (values.size > 0 || fields.length > 0)
    return { kind: "namespace", values, fields, makes_tuples, other: opaque(w), has_init };
  note(w, s.offset, `Not read: ${statementText(w)}`);
  forgetChanged(f, s.body);
  return opaque(w);
}

const isNamedTuple = (base: Value): boolean => is(base, "module") && base.path === "typing.NamedTuple";
const isEnum = (base: Value): boolean => is(base, "module") && base.path === "enum.Enum";

/** The members of an enumeration, each with its name and value. */
const membersOf = (w: World, lines: ReadonlyMap<string, Value>): Map<string, Value> =>
  new Map(
    [...lines].map(([name, value]): [string, Value] => {
      const values = new Map<string, Value>([
        ["name", name],
        ["value", value],
      ]);
      return [name, { kind: "namespace", values, other: opaque(w), has_init: true, makes_tuples: false }];
    }),
  );

/** The names that dataclasses and named tuples take by position. */
const annotated = ({ body }: StatementOf<"class">): string[] =>
  body.flatMap((one) => (one.kind === "annotate" && one.target.kind === "name" ? [one.target.name] : []));

/** What the lines of a class that only hold values assign: `class Config:` with `units = 32`. Its functions are not read. */
function valuesOf(f: Frame, { name, body, offset, end }: StatementOf<"class">): Map<string, Value> {
  const lines = body.filter(({ kind }) => kind !== "def" && kind !== "class");
  const base: Expr = { kind: "name", name: "locals", offset };
  const locals: Expr = { kind: "postfix", base, trailers: [{ kind: "call", args: [], end, offset }], offset };
  const answer = { kind: "return", value: locals, offset, end } as const;
  const fn = functionOf(f, { name, parameters: [], body: [...lines, answer] });
  const values = f.w.callFunction(fn, { positional: [], keyword: new Map(), offset });
  return is(values, "dict") ? (values.entries as Map<string, Value>) : new Map<string, Value>();
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
    const frame = { w, locals: parameters(w, fn, args), outer: fn.scope, elsewhere: new Map() };
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
