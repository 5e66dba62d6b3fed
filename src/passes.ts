import { fuse } from "./codegen/fuse/index.ts";
import { generate, type Target } from "./codegen/generate.ts";
import { planArena } from "./codegen/memory.ts";
import type { Graph } from "./ir/graph.ts";
import { simplify } from "./ir/simplify.ts";

/** One pass: its name, its time, and how many things there were before and after. */
export interface Pass {
  readonly name: string;
  readonly ms: number;
  readonly before: string;
  readonly after: string;
}

/** The passes of the pipeline on one graph, measured. */
export function measurePasses(graph: Graph, batch: number, target: Target): Pass[] {
  const passes: Pass[] = [];
  let before = `${graph.nodes.length} nodes`;
  const run = <T>(name: string, work: () => T, count: (result: T) => string): T => {
    const start = performance.now();
    const result = work();
    const after = count(result);
    passes.push({ name, ms: performance.now() - start, before, after });
    before = after;
    return result;
  };
  const simple = run(
    "simplify",
    () => simplify(graph),
    ({ nodes }) => `${nodes.length} nodes`,
  );
  const fused = run(
    "fuse",
    () => fuse(simple),
    ({ groups }) => `${groups.length} groups`,
  );
  const { kernels } = run(
    "loops",
    () => generate(simple, fused, target),
    (made) => `${made.kernels.length} kernels`,
  );
  run(
    "memory",
    () => planArena(kernels, batch, 0),
    ({ size }) => `an arena of ${4 * size} bytes`,
  );
  return passes;
}

/** A line a pass: name, milliseconds, before → after. */
export function printPasses(passes: readonly Pass[]): string {
  const width = Math.max(...passes.map(({ name }) => name.length));
  const lines = passes.map(
    ({ name, ms, before, after }) =>
      `${name.padEnd(width)} ${ms.toFixed(1).padStart(8)} ms  ${before} → ${after}`,
  );
  return `${lines.join("\n")}\n`;
}
