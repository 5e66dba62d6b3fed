import { internal } from "../../diagnostics.ts";
import type { Buffer, Expr, Index, Stmt } from "../kernels.ts";
import type { Place } from "./place.ts";

export interface Term {
  readonly loop: string;
  readonly step: number;
}
/** base + Σ loop · step: an address in bytes, or a number. Terms stand outermost loop first, none of step 0. */
export interface Form {
  readonly base: number;
  readonly terms: readonly Term[];
}

/** Where a form is evaluated: the part of a place that it depends on. */
type Scope = Pick<Place, "loops" | "fixed" | "offsets">;

export const keyOf = (terms: readonly Term[]): string =>
  terms.map(({ loop, step }) => `${loop}*${step}`).join("+");

function form(at: Index, base: number, scale: number, scope: Scope): Form {
  let constant = base + scale * at.base;
  for (const { loop, stride } of at.terms) {
    const fixed = scope.fixed.get(loop);
    if (fixed !== undefined) constant += scale * stride * fixed;
    else if (!scope.loops.includes(loop))
      throw internal(`an index names the loop ${loop}, which does not enclose it`);
  }
  const terms: Term[] = [];
  if (at.terms.length === 0) return { base: constant, terms };
  for (const loop of scope.loops) {
    const step = at.terms.reduce((sum, term) => (term.loop === loop ? sum + scale * term.stride : sum), 0);
    if (step !== 0) terms.push({ loop, step });
  }
  return { base: constant, terms };
}

/** The byte address of a buffer's element. */
export function addressForm(buffer: Buffer, at: Index, scope: Scope): Form {
  const offset = scope.offsets.get(buffer);
  if (offset === undefined) throw internal(`the buffer ${buffer.name} has no place in memory`);
  return form(at, 4 * offset, 4, scope);
}
/** An index as a number. */
export const numberForm = (at: Index, scope: Scope): Form => form(at, 0, 1, scope);

/** Operands of an expression. */
function operands(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case "unary":
    case "across":
    case "last":
      return [e.x];
    case "binary":
      return [e.x, e.y];
    case "mac":
      return [e.x, e.y, e.z];
    case "where":
      return [e.test, e.yes, e.no];
    case "sums":
      return e.xs;
    default:
      return [];
  }
}

/** Calls `visit` for an expression and everything in it. */
export function visitExpr(e: Expr, visit: (e: Expr) => void): void {
  visit(e);
  for (const operand of operands(e)) visitExpr(operand, visit);
}

function formsOf(e: Expr, scope: Scope, found: Form[]): void {
  visitExpr(e, (part) => {
    if (part.kind === "load") found.push(addressForm(part.buffer, part.at, scope));
    if (part.kind === "index") found.push(numberForm(part.at, scope));
  });
}

/** Every linear form used in these statements, inner loops included. */
export function formsIn(body: readonly Stmt[], scope: Scope, found: Form[] = []): Form[] {
  for (const s of body) {
    if (s.kind === "when") formsOf(s.test, scope, found);
    if (s.kind === "for") formsIn(s.body, inside(s, scope), found);
    else if (s.kind === "when") formsIn(s.body, scope, found);
    else if (s.kind !== "call" && s.kind !== "enter") formsOf(s.value, scope, found);
    if (s.kind === "store") found.push(addressForm(s.buffer, s.at, scope));
  }
  return found;
}

type For = Extract<Stmt, { kind: "for" }>;

/** Number of iterations where it is known now. */
export function literalTrips(s: For): number | undefined {
  if (typeof s.from !== "number" || typeof s.to !== "number") return undefined;
  return Math.max(0, Math.ceil((s.to - s.from) / s.step));
}

/** The scope in a loop's body: a loop of one iteration is a constant. */
export function inside<S extends Scope>(s: For, scope: S): S {
  if (scope.loops.includes(s.loop) || scope.fixed.has(s.loop))
    throw internal(`two loops ${s.loop} in one another`);
  if (!(s.step > 0)) throw internal(`the loop ${s.loop} has the step ${s.step}`);
  return literalTrips(s) === 1
    ? { ...scope, fixed: new Map([...scope.fixed, [s.loop, s.from as number]]) }
    : { ...scope, loops: [...scope.loops, s.loop] };
}
