import { ModelError } from "../../diagnostics.ts";
import type { Expr, Handler, Statement, StatementOf } from "./ast.ts";
import { Broken } from "./collect.ts";
import { find, type Frame } from "./expressions.ts";
import { isOwnCode } from "./forgotten.ts";
import type { Leave, Runner } from "./flow.ts";
import { passOver } from "./pass-over.ts";
import { catchesIt, mayBeCaught, Raised } from "./raised.ts";
import { is } from "./values.ts";
import { opaque, type World } from "./world.ts";

/**
 * `try`: what is known to go well has no need of its handlers, an import that Keras does not have has. Where nobody
 * knows, the body counts, and what the handlers would change is not known.
 */
export function attempt(f: Frame, s: StatementOf<"try">, run: Runner): Leave {
  let leave: Leave;
  try {
    leave = withoutLast(f, s, run);
  } catch (error) {
    if (mayBeCaught(f.w, error)) run.block(f, s.last);
    throw error;
  }
  return run.block(f, s.last) ?? leave;
}

function withoutLast(f: Frame, s: StatementOf<"try">, run: Runner): Leave {
  const { w } = f;
  const before = { ...w.risks, problems: w.problems.length, tries: w.meter.tries };
  w.meter.tries++;
  let leave: Leave;
  try {
    leave = run.block(f, s.body);
  } catch (error) {
    w.meter.tries = before.tries;
    const handler = handlerOf(w, s, error) ?? catching(f, s, before, error);
    if (handler === undefined) throw error;
    w.problems.length = before.problems;
    if (handler.name !== undefined)
      run.bind(f, { kind: "name", name: handler.name, offset: handler.offset }, opaque(w));
    return run.block(f, handler.body);
  }
  w.meter.tries = before.tries;
  return passHandlers(f, s, before, leave ?? run.block(f, s.otherwise));
}

/** The handler of what Python raises there; undefined where nobody knows, for what may have gone wrong before. */
function catching(
  f: Frame,
  { handlers }: StatementOf<"try">,
  before: World["risks"],
  error: unknown,
): Handler | undefined {
  const { w } = f;
  const sure = w.risks.calls === before.calls && w.risks.imports === before.imports;
  if (!(error instanceof Raised) || !sure) return undefined;
  const { exception } = error;
  const isOwn = (name: string): boolean => {
    const v = find(f, name) ?? null;
    return is(v, "opaque") && isOwnCode(v);
  };
  const first = handlers.find(({ type }) => catchesIt(type, exception, isOwn) !== false);
  return first && catchesIt(first.type, exception, isOwn) ? first : undefined;
}

/** The handler of an import that failed. */
function handlerOf(w: World, { body, handlers }: StatementOf<"try">, error: unknown): Handler | undefined {
  if (!(error instanceof ModelError || error instanceof Broken)) return undefined;
  const failed = body.find(({ offset }) => offset === w.now.offset);
  if (failed?.kind !== "import" && failed?.kind !== "from") return undefined;
  return handlers.find(({ type }) => catches(type, /^(ImportError|ModuleNotFoundError|Exception)$/));
}

function catches(type: Expr | undefined, names: RegExp): boolean {
  if (type === undefined) return true;
  if (type.kind === "tuple") return type.items.some((one) => catches(one, names));
  return type.kind === "name" && names.test(type.name);
}

/** Passes over the handlers of what may go wrong. What a `return` gives that one of them would replace is not known. */
function passHandlers(f: Frame, s: StatementOf<"try">, before: World["risks"], leave: Leave): Leave {
  const { imports, calls } = f.w.risks;
  for (const handler of s.handlers) {
    const { type, body, offset, end } = handler;
    const wants = type !== undefined && !catches(type, /^(?!(ImportError|ModuleNotFoundError)$)/);
    if (imports === before.imports && (wants || calls === before.calls)) continue;
    Object.assign(f.w.now, { offset, end });
    passOver(f, { ...s, offset }, opaque(f.w), body);
    if (leave?.kind === "return" && body.some(answers)) leave = { ...leave, value: opaque(f.w) };
  }
  return leave;
}

const answers = (s: Statement): boolean =>
  s.kind === "return" || (s.kind === "if" && s.branches.some(({ body }) => body.some(answers)));
