import type {
  BinaryOp,
  Buffer,
  Expr,
  Extent,
  Index,
  Kernel,
  Plan,
  Stmt,
  UnaryOp,
} from "../../src/codegen/kernels.ts";
import { emitWasm } from "../../src/codegen/emit-wasm.ts";

/** Short ways to write kernels. */
export const buffer = (name: string, size: number): Buffer => ({ name, shape: [size], kind: "value" });
export const at = (base: number, strides: Readonly<Record<string, number>> = {}): Index => ({
  base,
  terms: Object.entries(strides).map(([loop, stride]) => ({ loop, stride })),
});
export const num = (value: number): Expr => ({ kind: "const", value });
export const local = (name: string): Expr => ({ kind: "local", name });
export const vector = (b: Buffer, where: Index): Expr => ({
  kind: "load",
  how: "vector",
  buffer: b,
  at: where,
});
export const splat = (b: Buffer, where: Index): Expr => ({
  kind: "load",
  how: "splat",
  buffer: b,
  at: where,
});
export const unary = (op: UnaryOp, x: Expr): Expr => ({ kind: "unary", op, x });
export const binary = (op: BinaryOp, x: Expr, y: Expr): Expr => ({ kind: "binary", op, x, y });
export const store = (b: Buffer, where: Index, value: Expr, how: "vector" | "one" = "vector"): Stmt => ({
  kind: "store",
  how,
  buffer: b,
  at: where,
  value,
});
export const loop = (name: string, from: Extent, to: Extent, step: number, body: readonly Stmt[]): Stmt => ({
  kind: "for",
  loop: name,
  from,
  to,
  step,
  body,
});
export const kernel = (name: string, body: readonly Stmt[]): Kernel => ({
  name,
  says: `what ${name} does`,
  from: [],
  reads: [],
  writes: [],
  lanes: 4,
  in_place: false,
  body,
});

/** Kernels, run in their order, with their buffers one after the other. */
export function plan(buffers: readonly Buffer[], ...bodies: readonly (readonly Stmt[])[]): Plan {
  let size = 0;
  const offsets = new Map<Buffer, number>();
  for (const b of buffers) {
    offsets.set(b, size);
    size += b.shape[0] as number;
  }
  const kernels = bodies.map((body, i) => kernel(`kernel_${i}`, body));
  return { kernels, entries: new Map([["run", kernels]]), offsets, batch: 64, size };
}

export interface Running {
  readonly memory: Float32Array;
  readonly exports: Readonly<Record<string, (...args: number[]) => unknown>>;
}

/** Compiles bytes with a memory of their own. */
export function instantiate(bytes: Uint8Array<ArrayBuffer>, size: number): Running {
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * size) / 65536) + 1 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
  return { memory: new Float32Array(memory.buffer), exports: instance.exports as Running["exports"] };
}

export const instantiatePlan = (p: Plan, fma = false): Running => instantiate(emitWasm(p, { fma }), p.size);
