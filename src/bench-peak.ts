import { emitWasm } from "./codegen/emit-wasm.ts";
import type { Buffer, Expr, Kernel, Stmt } from "./codegen/kernels.ts";
import type { Sizes } from "./ir/graph.ts";

const STEPS = 128;
const CALLS = 80;
/** Elements that the largest operand has room for. */
const ROOM = 4096;

/** What registers are filled with: tiles of products, as kernels have them, and chains that load nothing; which is fastest depends on the engine. */
const candidates = (): Kernel[] => [tile(4, 2), tile(2, 4), tile(6, 2), chains(8), chains(10), chains(12)];

/**
 * What one thread of this machine can do now in WebAssembly, in GFLOP/s: products of registers, operands in the
 * first-level cache. Takes about so many seconds, in which the engine is to compile them well.
 */
export function simdPeak(fma: boolean, seconds: number): number {
  const kernels = candidates();
  return Math.max(...kernels.map((kernel) => speedOf(kernel, fma, seconds / kernels.length)));
}

function speedOf(kernel: Kernel, fma: boolean, seconds: number): number {
  const buffers = [...kernel.reads, ...kernel.writes];
  const offsets = new Map(buffers.map((buffer, k) => [buffer, k * ROOM]));
  const plan = { kernels: [kernel], entries: new Map(), offsets, batch: 1, size: buffers.length * ROOM };
  const memory = new WebAssembly.Memory({ initial: 2 });
  const module = new WebAssembly.Module(emitWasm(plan, { fma }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const run = exports[kernel.name] as (n: number) => void;
  let best = Infinity;
  const end = performance.now() + 1000 * seconds;
  do best = Math.min(best, timed(run));
  while (performance.now() < end);
  return (2 * kernel.writes[0].shape.reduce<number>((p, d) => p * (d as number), STEPS)) / best / 1e6;
}

function timed(run: (n: number) => void): number {
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) run(1);
  return (performance.now() - start) / CALLS;
}

/** sums[m][v] += a[k][m] · b[k][v] */
function tile(rows: number, vectors: number): Kernel {
  const [a, b] = [operand("a", [STEPS, rows]), operand("b", [STEPS, 4 * vectors])];
  const across = Array.from({ length: vectors }, (_, v) => v);
  const step: Stmt[] = [
    ...across.map((v): Stmt => ({ kind: "let", name: `b${v}`, value: load("vector", b, 4 * v) })),
    // one element of a at a time: registers are what limits a tile
    ...Array.from({ length: rows }, (_, m): Stmt[] => [
      { kind: "let", name: `a${m}`, value: load("splat", a, m) },
      ...across.map((v): Stmt => {
        const sum = `s${m * vectors + v}`;
        return { kind: "set", name: sum, value: mac(`a${m}`, `b${v}`, sum) };
      }),
    ]).flat(),
  ];
  return summed("c = aᵀ · b", [a, b], rows * vectors, [], step);
}

/** sums[i] = sums[i] · a + b */
function chains(count: number): Kernel {
  const [a, b] = [operand("a", [STEPS, 4]), operand("b", [STEPS, 4])];
  const before: Stmt[] = [
    { kind: "let", name: "x", value: load("vector", a, 0, 0) },
    { kind: "let", name: "y", value: load("vector", b, 0, 0) },
  ];
  const step = Array.from({ length: count }, (_, i): Stmt => {
    return { kind: "set", name: `s${i}`, value: mac("x", `s${i}`, "y") };
  });
  return summed("c = c · a + b, again and again", [a, b], count, before, step);
}

const operand = (name: string, shape: Sizes): Buffer => ({ name, shape, kind: "value" });

/** `stride` elements from one step to the next; a row if not given. */
const load = (
  how: "splat" | "vector",
  buffer: Buffer,
  base: number,
  stride = buffer.shape[1] as number,
): Expr => ({ kind: "load", how, buffer, at: { base, terms: stride ? [{ loop: "k", stride }] : [] } });

const local = (name: string): Expr => ({ kind: "local", name });
const mac = (x: string, y: string, z: string): Expr => ({
  ...{ kind: "mac", x: local(x), y: local(y), z: local(z) },
});

/** Vectors of sums, a loop in which they grow, and what stores them. */
function summed(
  says: string,
  reads: readonly Buffer[],
  count: number,
  before: readonly Stmt[],
  step: readonly Stmt[],
): Kernel {
  const c = operand("c", [4 * count]);
  const sums = Array.from({ length: count }, (_, i) => `s${i}`);
  return {
    ...{ name: "peak", says, from: [], reads, writes: [c], lanes: 4, in_place: false },
    body: [
      ...before,
      ...sums.map((name): Stmt => ({ kind: "let", name, value: { kind: "const", value: 0 } })),
      { kind: "for", loop: "k", from: 0, to: STEPS, step: 1, body: step },
      ...sums.map((name, i): Stmt => {
        return {
          kind: "store",
          how: "vector",
          buffer: c,
          at: { base: 4 * i, terms: [] },
          value: local(name),
        };
      }),
    ],
  };
}
