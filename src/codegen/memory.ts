import { allocate, type Claim } from "./allocate.ts";
import type { Sizes } from "../ir/graph.ts";
import type { Buffer, Expr, Kernel, Stmt } from "./kernels.ts";

/** Elements between the starts of two buffers are a multiple of this: one cache line. */
const ALIGN = 16;
export const aligned = (size: number): number => Math.ceil(size / ALIGN) * ALIGN;
export const sizeOf = (shape: Sizes, batch: number): number =>
  shape.reduce<number>((product, d) => product * (d === "n" ? batch : d), 1);

/** Sums in double precision, outside the program's memory, that the hungriest of these kernels needs. */
export const scratchOf = (kernels: readonly Kernel[]): number =>
  Math.max(
    0,
    ...kernels.flatMap(({ writes }) =>
      writes.filter(({ kind }) => kind === "scratch").map(({ shape }) => sizeOf(shape, 1)),
    ),
  );

/** When a buffer holds something: from kernel `from` to kernel `to`, both included. */
export interface Lifetime {
  readonly buffer: Buffer;
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** What the caller fills in before and reads after: neither needs a kernel. */
export interface Ends {
  readonly inputs: Iterable<Buffer>;
  readonly results: Iterable<Buffer>;
}

/** A temporary's life is from its first writer to its last reader; inputs are alive before, results after all. */
export function lifetimes(kernels: readonly Kernel[], batch: number, ends?: Ends): Lifetime[] {
  const lives = new Map<Buffer, { from: number; to: number }>();
  for (const buffer of ends?.inputs ?? []) lives.set(buffer, { from: -1, to: -1 });
  const results = new Set(ends?.results);
  for (const buffer of results) if (lives.has(buffer)) lives.set(buffer, { from: -1, to: kernels.length });
  kernels.forEach((kernel, k) => {
    for (const buffer of [...kernel.reads, ...kernel.writes]) {
      const life = lives.get(buffer) ?? { from: buffer.kind === "input" ? -1 : k, to: k };
      const stays = buffer.kind === "result" || results.has(buffer);
      lives.set(buffer, { from: life.from, to: stays ? kernels.length : k });
    }
  });
  return [...lives]
    .filter(([buffer]) => buffer.kind === "input" || buffer.kind === "result" || buffer.kind === "value")
    .map(([buffer, life]) => ({ buffer, ...life, size: aligned(sizeOf(buffer.shape, batch)) }));
}

export interface Arena {
  readonly offsets: ReadonlyMap<Buffer, number>;
  readonly size: number;
}

/** Offsets in one arena. A buffer that dies where another of its size is born element by element hands its place over. */
export function planArena(kernels: readonly Kernel[], batch: number, start: number, ends?: Ends): Arena {
  const lives = lifetimes(kernels, batch, ends);
  const { offsets, size } = allocate(slots(lives, inheritances(kernels, lives)));
  const places = [...offsets].flatMap(([slot, offset]) =>
    slot.buffers.map((buffer) => [buffer, start + offset] as const),
  );
  return { offsets: new Map(places), size: start + size };
}

/** Buffers that follow one another in one place. */
interface Slot extends Claim {
  readonly buffers: readonly Buffer[];
}

function slots(lives: readonly Lifetime[], heirs: ReadonlyMap<Buffer, Buffer>): Slot[] {
  const byBuffer = new Map(lives.map((life) => [life.buffer, life]));
  const inherited = new Set(heirs.values());
  return lives
    .filter((life) => !inherited.has(life.buffer))
    .map((life) => {
      const buffers = [life.buffer];
      for (let next = heirs.get(life.buffer); next; next = heirs.get(next)) buffers.push(next);
      return { buffers, from: life.from, to: byBuffer.get(buffers.at(-1)!)!.to, size: life.size };
    });
}

/** Dying buffer → the one born in its place. */
function inheritances(kernels: readonly Kernel[], lives: readonly Lifetime[]): Map<Buffer, Buffer> {
  const heirs = new Map<Buffer, Buffer>();
  kernels.forEach((kernel, k) => {
    const dying = lives.filter((l) => l.to === k && l.from < k && l.buffer.kind === "value");
    const born = lives.filter((l) => l.from === k && l.buffer.kind !== "input" && l.to > k);
    for (const life of born) {
      const parent = dying.find(
        (d) => d.size === life.size && !heirs.has(d.buffer) && isElementwise(kernel, d.buffer, life.buffer),
      );
      if (parent) heirs.set(parent.buffer, life.buffer);
    }
  });
  return heirs;
}

/** True if the kernel is a single nest in which every element of `old` is read only just before `fresh` is written there. */
function isElementwise(kernel: Kernel, old: Buffer, fresh: Buffer): boolean {
  if (!kernel.in_place) return false;
  const loads = new Set<string>();
  const stores = new Set<string>();
  const expr = (x: Expr): void => {
    if (x.kind === "load" && x.buffer === old) loads.add(JSON.stringify(x.at));
    for (const part of Object.values(x)) {
      if (Array.isArray(part)) part.forEach((p) => isExpr(p) && expr(p));
      else if (isExpr(part)) expr(part);
    }
  };
  const walk = (stmts: readonly Stmt[]): void => {
    for (const s of stmts) {
      if (s.kind === "when") expr(s.test);
      if (s.kind === "for" || s.kind === "when") walk(s.body);
      // a block's loads are counted from its pointers: never at the place of a store
      else if (s.kind === "enter")
        s.block.pointers.forEach(({ name, buffer }) => buffer === old && loads.add(name));
      else if (s.kind !== "call") {
        expr(s.value);
        if (s.kind === "store" && s.buffer === fresh) stores.add(JSON.stringify(s.at));
      }
    }
  };
  walk(kernel.body);
  return [...loads].every((load) => stores.has(load));
}

const isExpr = (x: unknown): x is Expr =>
  typeof x === "object" && x !== null && "kind" in x && typeof x.kind === "string" && !("shape" in x);
