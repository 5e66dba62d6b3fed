import { median } from "./timing.mjs";

// What one thread can do in WebAssembly without fused multiply-add: products of register tiles over operands in the
// first-level cache, C[m][4v] += A[k][m] * B[k][4v], and sums of products with no loads at all. The fastest is the peak.
const STEPS = 256;
const CALLS = 40;
const A = 1024;
const B = 16384;
const C = 40960;

const leb = (n) => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
const sleb = (n) => (n >= -64 && n < 64 ? [n & 127] : [(n & 127) | 128, ...sleb(n >> 7)]);
const vector = (items) => [...leb(items.length), ...items.flat()];
const section = (id, body) => [id, ...leb(body.length), ...body];
const simd = (op) => [0xfd, ...leb(op)];
const get = (local) => [0x20, ...leb(local)];
const set = (local) => [0x21, ...leb(local)];
const i32 = (n) => [0x41, ...sleb(n)];
const at = (offset, align) => [align, ...leb(offset)];

const load = (offset) => [...simd(0), ...at(offset, 2)];
const loadSplat = (offset) => [...simd(9), ...at(offset, 2)];
const store = (offset) => [...simd(11), ...at(offset, 2)];
const ADD = simd(228);
const MUL = simd(230);
const [I32, V128] = [0x7f, 0x7b];

/** Locals: 0, 1, 2 the pointers a, b, c; 3 the counter; then vectors. */
const FIRST_VECTOR = 4;

/** A tile of M rows and V vectors. */
function tile(M, V) {
  const acc = (m, v) => FIRST_VECTOR + m * V + v;
  const b = (v) => FIRST_VECTOR + M * V + v;
  const each = (f) => Array.from({ length: M * V }, (_, i) => f(Math.floor(i / V), i % V)).flat();
  const rows = Array.from({ length: M }, (_, m) => m);
  const columns = Array.from({ length: V }, (_, v) => v);
  const a = FIRST_VECTOR + M * V + V;
  const body = [
    ...columns.flatMap((v) => [...get(1), ...load(16 * v), ...set(b(v))]),
    ...rows.flatMap((m) => [
      ...[...get(0), ...loadSplat(4 * m), ...set(a)],
      ...columns.flatMap((v) => [
        ...get(acc(m, v)),
        ...get(a),
        ...get(b(v)),
        ...MUL,
        ...ADD,
        ...set(acc(m, v)),
      ]),
    ]),
    ...advance(0, 4 * M),
    ...advance(1, 16 * V),
  ];
  const stores = each((m, v) => [...get(2), ...get(acc(m, v)), ...store(16 * (m * V + v))]);
  return { flops: 2 * 4 * M * V * STEPS, bytes: program(M * V + V + 1, body, stores) };
}

/** n independent chains x·acc + y. */
function chains(n) {
  const acc = Array.from({ length: n }, (_, i) => FIRST_VECTOR + i);
  const [x, y] = [FIRST_VECTOR + n, FIRST_VECTOR + n + 1];
  const body = acc.flatMap((l) => [...get(x), ...get(l), ...MUL, ...get(y), ...ADD, ...set(l)]);
  const stores = acc.flatMap((l, i) => [...get(2), ...get(l), ...store(16 * i)]);
  const start = [...get(0), ...load(0), ...set(x), ...get(0), ...load(16), ...set(y)];
  return { flops: 2 * 4 * n * STEPS, bytes: program(n + 2, body, stores, start) };
}

const advance = (local, by) => [...get(local), ...i32(by), 0x6a, ...set(local)];

/** A module with one function f(a, b, c) that runs `body` STEPS times, and its memory. */
function program(vectors, body, stores, start = []) {
  const loop = [0x03, 0x40, ...body, ...get(3), ...i32(-1), 0x6a, 0x22, 3, 0x0d, 0, 0x0b];
  const code = [...start, ...i32(STEPS), ...set(3), ...loop, ...stores, 0x0b];
  const locals = vector([
    [...leb(1), I32],
    [...leb(vectors), V128],
  ]);
  const text = (s) => vector([...s].map((c) => [c.charCodeAt(0)]));
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector([[I32], [I32], [I32]]), 0]])),
    ...section(3, vector([[0]])),
    ...section(5, vector([[0, 1]])),
    ...section(
      7,
      vector([
        [...text("f"), 0, 0],
        [...text("memory"), 2, 0],
      ]),
    ),
    ...section(10, vector([[...leb(locals.length + code.length), ...locals, ...code]])),
  ]);
}

/** A function that measures this machine's SIMD peak now, in GFLOP/s. */
export function peakMeter() {
  const candidates = [tile(4, 2), tile(2, 4), tile(3, 3), chains(10), chains(12)].map(({ flops, bytes }) => {
    const { f, memory } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
    new Float32Array(memory.buffer).fill(0.5, 0, C / 4);
    return () => flops / time(() => f(A, B, C)) / 1e6;
  });
  for (let i = 0; i < 20; i++) for (const measure of candidates) measure();
  return () => Math.max(...candidates.map((measure) => median([measure(), measure(), measure()])));
}

function time(run) {
  const start = performance.now();
  for (let i = 0; i < CALLS; i++) run();
  return (performance.now() - start) / CALLS;
}
