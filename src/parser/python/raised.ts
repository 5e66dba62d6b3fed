import { type Code, type Diagnostic, ModelError } from "../../diagnostics.ts";
import type { Expr } from "./ast.ts";
import { where, type World } from "./world.ts";

/** What Python raises there, which a `try` of the snippet may catch. */
export class Raised extends ModelError {
  readonly exception: string;
  constructor(exception: string, problem: Diagnostic) {
    super(problem);
    this.exception = exception;
  }
}

/** Stops with an exception of Python, by its name. */
export function raise(
  w: World,
  exception: string,
  offset: number,
  code: Code,
  message: string,
  more: Partial<Diagnostic> = {},
): never {
  throw new Raised(exception, { code, message, at: where(w, offset), ...more });
}

/** Whether a `try` around what runs may catch it. */
export const mayBeCaught = (w: World, error: unknown): error is Raised =>
  error instanceof Raised && w.meter.tries > 0;

/** Exceptions of Python, each with those above it but Exception. */
const above: Readonly<Record<string, readonly string[]>> = {
  Exception: [],
  BaseException: [],
  KeyError: ["LookupError"],
  IndexError: ["LookupError"],
  LookupError: [],
  ValueError: [],
  UnicodeError: ["ValueError"],
  ZeroDivisionError: ["ArithmeticError"],
  OverflowError: ["ArithmeticError"],
  ArithmeticError: [],
  AssertionError: [],
  AttributeError: [],
  TypeError: [],
  NameError: [],
  RuntimeError: [],
  NotImplementedError: ["RuntimeError"],
  RecursionError: ["RuntimeError"],
  ImportError: [],
  ModuleNotFoundError: ["ImportError"],
  OSError: [],
  IOError: ["OSError"],
  EnvironmentError: ["OSError"],
  FileNotFoundError: ["OSError", "IOError", "EnvironmentError"],
  PermissionError: ["OSError", "IOError", "EnvironmentError"],
  StopIteration: [],
  MemoryError: [],
};

/**
 * Whether a handler of this type catches it; undefined where nobody knows: classes of one's own (`isOwn`) have others
 * above them, but are above none of Python's.
 */
export function catchesIt(
  type: Expr | undefined,
  exception: string,
  isOwn: (name: string) => boolean,
): boolean | undefined {
  if (type === undefined) return true;
  if (type.kind === "tuple") {
    const each = type.items.map((one) => catchesIt(one, exception, isOwn));
    return each.includes(true) ? true : each.includes(undefined) ? undefined : false;
  }
  if (type.kind !== "name") return undefined;
  if (type.name === exception || /^(Base)?Exception$/.test(type.name)) return true;
  if (!Object.hasOwn(above, exception)) return undefined;
  if (Object.hasOwn(above, type.name)) return above[exception].includes(type.name);
  return isOwn(type.name) ? false : undefined;
}

/** The name of what a `raise` raises: `ValueError("…")`, `MyError`. */
export function exceptionOf(value: Expr | undefined): string | undefined {
  const base = value?.kind === "postfix" && value.trailers.length === 1 ? value.base : value;
  const isCall = value?.kind !== "postfix" || value.trailers[0].kind === "call";
  return base?.kind === "name" && isCall && /^[A-Z]/.test(base.name) ? base.name : undefined;
}
