import { internal } from "../../diagnostics.ts";
import { scanGradient } from "../scan-gradient.ts";
import type { Sizes } from "../graph.ts";
import { none, numel, type Ops, type Value } from "./op.ts";

/** Loops over time and what stands inside them. */
export const scans: Ops<"scan" | "given" | "step"> = {
  /**
   * Runs `body` for every step and keeps what each made, side by side: [n, steps + 1, Σ widths], at time 0 the initial
   * values of the parts that are carried on. Inputs: the initial values, the sequences, what is the same at all steps.
   */
  scan: {
    kernel: "scan",
    unique: true,
    shape: (ins, { steps, widths }) => [ins[0][0], steps + 1, widths.reduce((sum, w) => sum + w, 0)],
    eval: (ins, { carried, steps, widths, body }, shape, context) => {
      const [n] = shape;
      const parts = widths.map((w) => new Float64Array(n * (steps + 1) * w));
      const put = (k: number, time: number, data: Float64Array): void => {
        for (let i = 0; i < n; i++) {
          const row = data.subarray(i * widths[k], (i + 1) * widths[k]);
          parts[k].set(row, (i * (steps + 1) + time) * widths[k]);
        }
      };
      for (let k = 0; k < carried; k++) put(k, 0, ins[k].data);
      const states = parts.map((data, k): Value => ({ shape: [n, steps + 1, widths[k]], data }));
      for (let time = 0; time < steps; time++) {
        const made = context.run(body, { states, operands: ins.slice(carried), time });
        widths.forEach((_, k) => put(k, time + 1, made.get(partName(k))!.data));
      }
      return beside(parts, widths, n * (steps + 1));
    },
    vjp: (b, dy, ins, y, attrs) => scanGradient(b, dy, ins, y, attrs),
  },
  /** Inside a scan: what was carried on, at all times; or one of the scan's sequences and constants. */
  given: {
    found: "memory",
    shape: (_, a) => a.shape,
    eval: (_ins, { of, index }, _shape, { inside }) => {
      if (!inside) throw internal("a value of a scan is read outside of it");
      return (of === "state" ? inside.states : inside.operands)[index].data;
    },
    vjp: none,
  },
  /** Inside a scan: a sequence at the current step, the second axis gone. */
  step: {
    view: true,
    shape: ([s]) => [s[0], ...s.slice(2)],
    eval: ([x], _a, shape, { inside }) => {
      const [n, times] = x.shape;
      const size = numel(shape.slice(1));
      const result = new Float64Array(n * size);
      for (let i = 0; i < n; i++) {
        const start = (i * times + inside!.time) * size;
        result.set(x.data.subarray(start, start + size), i * size);
      }
      return result;
    },
    vjp: none,
  },
};

/** The name of the k-th result of a scan's body. */
export const partName = (k: number): string => `part ${k}`;

function beside(parts: readonly Float64Array[], widths: readonly number[], rows: number): Float64Array {
  const width = widths.reduce((sum, w) => sum + w, 0);
  const result = new Float64Array(rows * width);
  let first = 0;
  parts.forEach((part, k) => {
    for (let i = 0; i < rows; i++)
      result.set(part.subarray(i * widths[k], (i + 1) * widths[k]), i * width + first);
    first += widths[k];
  });
  return result;
}

/** Elements of one step: every axis but the batch. */
export const widthOf = (shape: Sizes): number => numel(shape.slice(1) as readonly number[]);
