import { walk } from "./codegen/generate.ts";
import { sizeOf } from "./codegen/memory.ts";
import type { Buffer, Expr, Extent, Index, Kernel, Stmt } from "./codegen/kernels.ts";

type For = Extract<Stmt, { kind: "for" }>;
/** Elements of every buffer that a place in the loops comes to, by buffer and place. */
type Touched = Map<Buffer, Map<string, number>>;

/** Bytes that a kernel reads and writes in one run of `n` rows; of a part of a buffer only what its loops come to. */
export function bytesMoved(kernel: Kernel, n: number): number {
  const [read, written]: [Touched, Touched] = [new Map(), new Map()];
  touch(kernel.body, [], n, read, written);
  const total = (buffers: readonly Buffer[], touched: Touched): number =>
    buffers.reduce((sum, buffer) => sum + elements(buffer, touched, n), 0);
  return 4 * (total(kernel.reads, read) + total(kernel.writes, written));
}

/** No more than there are: places may overlap, and routines and blocks count as touching everything. */
function elements(buffer: Buffer, touched: Touched, n: number): number {
  if (buffer.kind === "scratch") return 0;
  const places = touched.get(buffer);
  const whole = sizeOf(buffer.shape, n);
  return places
    ? Math.min(
        whole,
        [...places.values()].reduce((a, b) => a + b, 0),
      )
    : whole;
}

function touch(
  stmts: readonly Stmt[],
  loops: readonly For[],
  n: number,
  read: Touched,
  written: Touched,
): void {
  for (const s of stmts) {
    if (s.kind === "for") touch(s.body, [...loops, s], n, read, written);
    else if (s.kind === "when")
      touch([{ kind: "set", name: "test", value: s.test }, ...s.body], loops, n, read, written);
    else {
      if (s.kind === "store") note(written, s, s.how === "vector" ? 4 : 1, loops, n);
      const load = (x: Expr): void => {
        if (x.kind === "load") note(read, x, x.how === "vector" ? 4 : 1, loops, n);
      };
      if (s.kind !== "enter") walk([s], () => {}, load);
    }
  }
}

interface Access {
  readonly buffer: Buffer;
  readonly at: Index;
  readonly row?: object;
}

function note(
  touched: Touched,
  { buffer, at, row }: Access,
  lanes: number,
  loops: readonly For[],
  n: number,
): void {
  // a row that is looked up may be another in every iteration
  const moving = loops.filter(({ loop }) => row || at.terms.some((t) => t.loop === loop));
  const ranges = moving.map(({ loop, from, to, step }) => [loop, from, to, step]);
  const count = moving.reduce((product, { from, to, step }) => product * trips(from, to, step, n), lanes);
  const places = touched.get(buffer) ?? new Map<string, number>();
  touched.set(buffer, places.set(JSON.stringify([at, ranges]), count));
}

/** How often a loop runs for `n` rows. */
export function trips(from: Extent, to: Extent, step: number, n: number): number {
  return Math.max(0, Math.ceil((known(to, n) - known(from, n)) / step));
}

function known(extent: Extent, n: number): number {
  if (typeof extent === "number") return extent;
  const { n: times, multiple = 1 } = extent;
  return Math.floor((n * times) / multiple) * multiple;
}
