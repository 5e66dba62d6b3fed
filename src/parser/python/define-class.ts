import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import type { Expr, StatementOf } from "./ast.ts";
import { apply } from "./builtins.ts";
import { evaluate, type Frame, functionOf } from "./expressions.ts";
import { forgetChanged } from "./forgotten.ts";
import { uncalled } from "./functions.ts";
import { touchesModels } from "./pass-over.ts";
import { describe, is, type NamespaceValue, type OpaqueValue, type Value } from "./values.ts";
import { note, opaque, statementText, where, type World } from "./world.ts";

/** `class`: models and layers of one's own are code, which is never run; other classes matter to no model. */
export function defineClass(f: Frame, s: StatementOf<"class">): Value {
  const refused = s.bases.map((base) => refusedFor(f, s, base)).find((problem) => problem !== undefined);
  if (refused) return ownKeras(f, s, refused);
  const [base, ...more] = s.bases.map(({ value }) => evaluate(f, value)).filter((one) => !isPlainBase(one));
  if (base !== undefined && more.length === 0 && isNamedTuple(base)) return valuesAlone(f, s, true);
  if (base !== undefined && more.length === 0 && isEnum(base)) return enumeration(f, s);
  const own = base === undefined || (is(base, "namespace") && base.own !== undefined);
  const readable = own && more.length === 0 && !s.bases.some(({ name }) => name && name !== "metaclass");
  if (readable && !s.body.some((one) => one.kind === "def" && special.has(one.name)))
    return decorated(f, s, ownClass(f, s, base as NamespaceValue | undefined));
  return notRead(f, s);
}

/** Why a class of this base cannot be used, where it is one of Keras's whose code would have to be run, or derives from such. */
function refusedFor(
  f: Frame,
  { name: own }: StatementOf<"class">,
  { value, offset }: StatementOf<"class">["bases"][number],
): Diagnostic | undefined {
  const base = evaluate(f, value);
  if (is(base, "opaque")) return base.refused;
  if (!is(base, "keras")) return undefined;
  const { name, module } = base.name;
  const isModel = name === "Model" || name === "Sequential";
  if (!isModel && !/^keras\.(layers|initializers)$/.test(module)) return undefined;
  return {
    code: "python-unsupported",
    message: `${own} is a subclass of ${describe(base)}: its code is not run.`,
    at: where(f.w, offset),
    hint: isModel
      ? "Write it in the functional form: inputs = keras.Input(…), outputs = layers…(inputs), model = keras.Model(inputs, outputs)."
      : "Write a function that puts Keras's own layers together, or save the model in Python and give the file.",
  };
}

/** Such a class: it may stand there, but not be used. */
function ownKeras(f: Frame, s: StatementOf<"class">, refused: Diagnostic): Value {
  const lines = s.body.filter(({ kind }) => kind !== "def");
  const defaults = s.body.flatMap((one) => (one.kind === "def" ? one.parameters : []));
  const made = defaults.flatMap((one) => (one.default ? [one.default] : []));
  // layers made where the class stands count in the names of those behind it
  if (touchesModels(f, lines, made)) throw new ModelError(refused);
  f.w.refused.push(refused);
  return { ...notRead(f, s), refused };
}

/** Methods by which a class decides what its objects are, or what they have. */
const special = new Set(
  "__new__ __getattr__ __getattribute__ __setattr__ __init_subclass__ __get__".split(" "),
);

function notRead(f: Frame, s: StatementOf<"class">, why = "Not read"): OpaqueValue {
  note(f.w, s.offset, `${why}: ${statementText(f.w)}`);
  forgetChanged(f, s.body);
  return opaque(f.w);
}

const isPlainBase = (base: Value): boolean =>
  (is(base, "builtin") && base.name === "object") ||
  (is(base, "module") && /^(abc\.(ABC|ABCMeta)|typing\.(Generic|Protocol))$/.test(base.path));

/** A class with its functions, which see the names around it, not its own. */
function ownClass(f: Frame, s: StatementOf<"class">, base?: NamespaceValue): NamespaceValue {
  const values = new Map<string, Value>();
  const fields = [...new Set([...(base?.fields ?? []), ...annotated(s)])];
  const needs_all = s.decorators.length > 0;
  const own = { name: s.name, ...(base && { base }), needs_all };
  const cls: NamespaceValue = {
    kind: "namespace",
    values,
    fields,
    other: opaque(f.w),
    has_init: true,
    complete: true,
    own,
  };
  for (const [name, v] of linesOf(f, s, s.body)) values.set(name, isMethod(v) ? { ...v, owner: cls } : v);
  return cls;
}
type Def = Extract<Value, { readonly kind: "function" }>;
const isMethod = (v: Value): v is Def => is(v, "function") && v.scope.ofClass === true;

/** Decorators that leave a class as it is, or make one of fields of it. */
const known =
  /^(dataclasses\.dataclass|attrs?\.(s|define|dataclass|frozen|mutable)|functools\.total_ordering|typing\.\w+)$/;

/** The class as its decorators leave it. */
function decorated(f: Frame, s: StatementOf<"class">, cls: NamespaceValue): Value {
  let made: Value = cls;
  for (const decorator of s.decorators.toReversed()) {
    const named = evaluate(f, uncalled(decorator));
    if (is(named, "module") && known.test(named.path)) continue;
    if (is(named, "keras") && named.name.name === "register_keras_serializable") continue;
    if (!is(named, "function")) return notRead(f, s, "Not read, for its decorator");
    made = apply(f.w, evaluate(f, decorator), [made], decorator);
  }
  return made;
}

/** A named tuple, of which only the values are read. */
function valuesAlone(f: Frame, s: StatementOf<"class">, makes_tuples: boolean): Value {
  const values = valuesOf(f, s);
  const fields = annotated(s);
  const has_init = s.body.some((one) => one.kind === "def" && one.name === "__init__");
  if (values.size === 0 && fields.length === 0) return notRead(f, s);
  return { kind: "namespace", values, fields, makes_tuples, other: opaque(f.w), has_init };
}

function enumeration(f: Frame, s: StatementOf<"class">): Value {
  const values = membersOf(f.w, valuesOf(f, s));
  if (values.size === 0) return notRead(f, s);
  return { kind: "namespace", values, fields: [], other: opaque(f.w), has_init: false };
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

/** What the lines of a class assign that are no functions. */
const valuesOf = (f: Frame, s: StatementOf<"class">): Map<string, Value> =>
  linesOf(
    f,
    s,
    s.body.filter(({ kind }) => kind !== "def" && kind !== "class"),
  );

/** What lines of a class assign: `class Config:` with `units = 32`. */
function linesOf(
  f: Frame,
  { name, offset, end }: StatementOf<"class">,
  lines: StatementOf<"class">["body"],
): Map<string, Value> {
  const base: Expr = { kind: "name", name: "locals", offset };
  const locals: Expr = { kind: "postfix", base, trailers: [{ kind: "call", args: [], end, offset }], offset };
  const answer = { kind: "return", value: locals, offset, end } as const;
  const fn = { ...functionOf(f, { name, parameters: [], body: [...lines, answer] }), as: "lines" } as const;
  const values = f.w.callFunction(fn, { positional: [], keyword: new Map(), offset });
  return is(values, "dict") ? (values.entries as Map<string, Value>) : new Map<string, Value>();
}
