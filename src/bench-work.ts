import { bytesMoved, trips } from "./bench-bytes.ts";
import type { Expr, Kernel, Stmt } from "./codegen/kernels.ts";

/** What a kernel does in one run. */
export interface Work {
  /** Multiplications and additions of its products; 0 where it has none. */
  readonly flops: number;
  /** Of all that it reads and all that it writes, a buffer counted once at most. */
  readonly bytes: number;
}

/** The work of a kernel for `n` rows, from its loops. */
export function workOf(kernel: Kernel, n: number): Work {
  return {
    flops: products(kernel.body, 1, { n, lanes: new Map(), sums: accumulators(kernel.body) }),
    bytes: bytesMoved(kernel, n),
  };
}

interface Scope {
  readonly n: number;
  /** How many elements a local holds that differ. */
  readonly lanes: Map<string, number>;
  /** Locals that products are added to. */
  readonly sums: ReadonlySet<string>;
}

function products(stmts: readonly Stmt[], times: number, scope: Scope): number {
  return stmts.reduce((sum, s) => sum + inStatement(s, times, scope), 0);
}

function inStatement(s: Stmt, times: number, scope: Scope): number {
  if (s.kind === "for") return products(s.body, times * trips(s.from, s.to, s.step, scope.n), scope);
  if (s.kind === "when") return products(s.body, times, scope);
  if (s.kind === "enter") return products(s.block.body, times, scope);
  if (s.kind !== "let" && s.kind !== "set") return 0;
  const lanes = lanesOf(s.value, scope);
  scope.lanes.set(s.name, Math.max(lanes, s.kind === "set" ? (scope.lanes.get(s.name) ?? 1) : 1));
  return isProduct(s.name, s.value, scope) ? 2 * times * lanes : 0;
}

/** A sum goes on with a product, or begins with one. */
const isProduct = (name: string, value: Expr, { sums }: Scope): boolean =>
  value.kind === "mac" || (sums.has(name) && value.kind === "binary" && value.op === "mul");

function accumulators(stmts: readonly Stmt[], found = new Set<string>()): Set<string> {
  for (const s of stmts) {
    if (s.kind === "for" || s.kind === "when") accumulators(s.body, found);
    if (s.kind === "enter") accumulators(s.block.body, found);
    if (s.kind === "set" && s.value.kind === "mac") found.add(s.name);
  }
  return found;
}

/** Splats and sums across hold one number in every lane. */
function lanesOf(x: Expr, scope: Scope): number {
  switch (x.kind) {
    case "load":
    case "index":
      return x.how === "vector" ? 4 : 1;
    case "local":
      return scope.lanes.get(x.name) ?? 1;
    case "mac":
      return Math.max(lanesOf(x.x, scope), lanesOf(x.y, scope));
    case "binary":
      return Math.max(lanesOf(x.x, scope), lanesOf(x.y, scope));
    case "where":
      return Math.max(lanesOf(x.yes, scope), lanesOf(x.no, scope));
    case "sums":
      return 4;
    case "last":
      return x.count;
    case "unary":
      return lanesOf(x.x, scope);
    default:
      return 1;
  }
}
