import type { Expr, Index, Stmt } from "../kernels.ts";
import { strideOf } from "../places.ts";
import { loopOver, moved } from "./site.ts";

/*
 * A recurrent product with a single row reads all its weights at every step. Where they are more than the first-level
 * cache holds, reading them in the same order again finds none of them there. Read backwards in every other step, those
 * of the last step's end come first.
 */

/** A step's statements, in the order given or the other way round where that is the same. */
export interface Step {
  readonly there: readonly Stmt[];
  readonly back: readonly Stmt[];
}

/** Loops over independent columns, one after the other, run from the last to the first. */
export function backwards(stmts: readonly Stmt[]): readonly Stmt[] {
  return stmts.toReversed().map((s) => {
    if (s.kind !== "for" || typeof s.from !== "number" || typeof s.to !== "number") return s;
    const last = s.from + (Math.ceil((s.to - s.from) / s.step) - 1) * s.step;
    const sum = s.from + last;
    const turned = (x: Index): Index => ({
      base: x.base + sum * strideOf(x, s.loop),
      terms: x.terms.map((t) => (t.loop === s.loop ? { ...t, stride: -t.stride } : t)),
    });
    return { ...s, body: mapIndices(s.body, turned) };
  });
}

/** `steps` steps, every second one back. */
export function toAndFro(time: string, steps: number, { there, back }: Step): Stmt[] {
  const pairs = steps - (steps % 2);
  const later = mapIndices(back, (x) => moved(x, time, 1));
  return [...loopOver(time, 0, pairs, 2, [...there, ...later]), ...loopOver(time, pairs, steps, 1, there)];
}

/** The same statements with other indices. */
function mapIndices(stmts: readonly Stmt[], change: (x: Index) => Index): readonly Stmt[] {
  return stmts.map((s): Stmt => {
    switch (s.kind) {
      case "for":
        return { ...s, body: mapIndices(s.body, change) };
      case "let":
      case "set":
        return { ...s, value: mapExpr(s.value, change) };
      case "store":
        return { ...s, at: change(s.at), value: mapExpr(s.value, change) };
      case "enter":
        return { ...s, at: s.at.map(change) };
      case "call":
        return s;
    }
  });
}

function mapExpr(x: Expr, change: (x: Index) => Index): Expr {
  const inner = (y: Expr): Expr => mapExpr(y, change);
  switch (x.kind) {
    case "load":
    case "index":
      return { ...x, at: change(x.at) };
    case "unary":
    case "across":
    case "last":
      return { ...x, x: inner(x.x) };
    case "binary":
      return { ...x, x: inner(x.x), y: inner(x.y) };
    case "mac":
      return { ...x, x: inner(x.x), y: inner(x.y), z: inner(x.z) };
    case "where":
      return { ...x, test: inner(x.test), yes: inner(x.yes), no: inner(x.no) };
    case "sums":
      return { ...x, xs: [inner(x.xs[0]), inner(x.xs[1]), inner(x.xs[2]), inner(x.xs[3])] };
    case "const":
    case "local":
    case "batch":
      return x;
  }
}
