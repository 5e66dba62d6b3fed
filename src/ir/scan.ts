import { Builder } from "./builder.ts";
import type { Node, OpAttrs, Sizes } from "./graph.ts";
import { hoisted } from "./hoist.ts";
import { partName, widthOf } from "./ops/scan.ts";

/** A loop over the second axis of sequences, as a layer writes it. */
export interface ScanSpec {
  /** What is carried from step to step, before the first: [n, width] each. */
  readonly initial: readonly Node[];
  /** Read a step at a time: [n, steps, …]. */
  readonly sequences: readonly Node[];
  /** The same at every step: weights, or values of the batch [n, …]. */
  readonly constants: readonly Node[];
  /**
   * One step: what is carried on, [n, width] each, then whatever else is to be kept for the gradient or the caller.
   * What it makes of constants alone is computed once, before the loop; a weight must have become a value of the batch,
   * or be read by a product, where it meets what changes.
   */
  step(b: Builder, states: readonly Node[], xs: readonly Node[], constants: readonly Node[]): readonly Node[];
}

/** What a scan made. */
export interface Scanned {
  /** Part k at every step: [n, steps, width]. */
  all(k: number): Node;
  /** Part k after the last step: [n, width]. */
  last(k: number): Node;
  /** Part k, one that is carried on, as each step found it: [n, steps, width]. */
  before(k: number): Node;
}

export function scan(b: Builder, spec: ScanSpec): Scanned {
  const { initial, sequences, constants } = spec;
  const steps = sequences[0].shape[1] as number;
  const n = sequences[0].shape[0];
  const inner = new Builder(b.training);
  inner.from = b.from;
  const given = (of: "state" | "operand", index: number, shape: Sizes): Node =>
    inner.node("given", [], { of, index, shape }) as unknown as Node;
  const step = (x: Node): Node => inner.node("step", [x], {}) as unknown as Node;
  const states = initial.map((x, k) => step(given("state", k, [n, steps + 1, ...x.shape.slice(1)])));
  const xs = sequences.map((x, k) => step(given("operand", k, x.shape)));
  const fixed = constants.map((x, k) => given("operand", sequences.length + k, x.shape));
  const parts = spec.step(inner, states, xs, fixed);
  const results = new Map(parts.map((part, k) => [partName(k), part]));
  const loop = hoisted(b, inner, results, constants, sequences.length);
  const attrs: OpAttrs["scan"] = {
    carried: initial.length,
    sequences: sequences.length,
    steps,
    widths: parts.map((part) => widthOf(part.shape)),
    body: loop.body,
  };
  const out = b.node("scan", [...initial, ...sequences, ...loop.constants], attrs) as unknown as Node;
  return scanned(b, out, attrs);
}

/** The parts of a scan's result. */
export function scanned(b: Builder, out: Node, { steps, widths }: OpAttrs["scan"]): Scanned {
  const columns = (x: Node, k: number): Node => {
    const first = widths.slice(0, k).reduce((sum, w) => sum + w, 0);
    return b.slice(x, 2, first, first + widths[k]);
  };
  const at = (k: number, from: number, to: number): Node => columns(b.slice(out, 1, from, to), k);
  return {
    all: (k) => at(k, 1, steps + 1),
    last: (k) => b.reshape(at(k, steps, steps + 1), [out.shape[0], widths[k]]),
    before: (k) => at(k, 0, steps),
  };
}
