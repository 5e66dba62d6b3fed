import type { Buffer, Kernel, Plan } from "./kernels.ts";
import { lifetimes, type Lifetime, scratchOf, sizeOf } from "./memory.ts";

/** Columns of the picture; a longer program has several kernels a column. */
const WIDTH = 48;

/** The map of memory: every buffer with offset, size and kind, and when it is alive, from the first kernel to the last. */
export function printMemory(plan: Plan): string {
  const kernels = runKernels(plan);
  const lives = new Map(lifetimes(kernels, plan.batch).map((life) => [life.buffer, life]));
  const rows = [...plan.offsets].sort(([a, x], [b, y]) => x - y || birth(lives.get(a)) - birth(lives.get(b)));
  const lines = rows.map(([buffer, offset]) =>
    rowOf(buffer, offset, plan.batch, lives.get(buffer), kernels.length),
  );
  const head = ["offset", "bytes", "kind", "name", "alive"];
  const widths = head.map((title, k) => Math.max(title.length, ...lines.map((line) => line[k].length)));
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, k) => (k < 2 ? cell.padStart(widths[k]) : cell.padEnd(widths[k])))
      .join("  ")
      .trimEnd(),
  );
  return `${[...text, "", ...totals(plan, lives, kernels)].join("\n")}\n`;
}

/** Those of the longest entry: the others do part of it, or prepare it. */
function runKernels(plan: Plan): readonly Kernel[] {
  const wanted = new Set(
    [...plan.entries].filter(([name]) => name !== "pack").flatMap(([, kernels]) => kernels),
  );
  return plan.kernels.filter((kernel) => wanted.has(kernel));
}

const birth = (life: Lifetime | undefined): number => life?.from ?? -2;

function rowOf(
  buffer: Buffer,
  offset: number,
  batch: number,
  life: Lifetime | undefined,
  count: number,
): string[] {
  return [
    String(4 * offset),
    String(4 * sizeOf(buffer.shape, batch)),
    buffer.kind,
    `${buffer.name}[${buffer.shape.join(",")}]`,
    bar(life, count),
  ];
}

/** A dot where it is dead, a block where it is alive; what outlives a run is a line throughout. */
function bar(life: Lifetime | undefined, count: number): string {
  const columns = Math.min(WIDTH, count);
  if (!life) return "━".repeat(columns);
  const column = (kernel: number): number =>
    Math.floor((Math.min(Math.max(kernel, 0), count - 1) * columns) / count);
  return Array.from({ length: columns }, (_, c) =>
    c >= column(life.from) && c <= column(life.to) ? "█" : "·",
  ).join("");
}

function totals(plan: Plan, lives: ReadonlyMap<Buffer, Lifetime>, kernels: readonly Kernel[]): string[] {
  const alive = (k: number): number =>
    [...lives.values()]
      .filter(({ from, to }) => from <= k && k <= to)
      .reduce((sum, { size }) => sum + size, 0);
  const peaks = kernels.map((_, k) => alive(k));
  const peak = Math.max(0, ...peaks);
  const at = kernels[peaks.indexOf(peak)]?.name;
  const persistent = [...plan.offsets.keys()]
    .filter((buffer) => !lives.has(buffer))
    .reduce((sum, { shape }) => sum + sizeOf(shape, plan.batch), 0);
  const scratch = scratchOf(kernels);
  return [
    ...(scratch ? [`beside it ${8 * scratch} bytes of float64 sums, dead between two kernels`] : []),
    `persistent ${4 * persistent} bytes; largest need of a kernel ${4 * peak} bytes${at ? ` (${at})` : ""}; in all ${4 * plan.size} bytes for ${plan.batch} rows`,
  ];
}
