import type { Pad, Size } from "../graph.ts";
import { numel, type Ops, strides, walk } from "./op.ts";

const widened = (size: Size, { before, after }: Pad): number => (size as number) + before + after;

const isRow = (row: number, rows: number): boolean => Number.isInteger(row) && row >= 0 && row < rows;

/** Elements brought to other places of a larger whole. */
export const moves: Ops<"pad" | "concat" | "gather" | "scatter_add"> = {
  /** One number before and after along some axes: with 0 the gradient of `slice`. */
  pad: {
    kernel: "move",
    shape: ([s], { pads }) =>
      s.map((d, k) => pads.reduce<Size>((size, p) => (p.axis === k ? widened(size, p) : size), d)),
    eval: ([x], { pads, value }, out) => {
      const result = new Float64Array(numel(out)).fill(value);
      const steps = strides(out);
      const first = pads.reduce((sum, p) => sum + p.before * steps[p.axis], 0);
      walk(x.shape, steps, (i, at) => void (result[first + at] = x.data[i]));
      return result;
    },
    vjp: (b, dy, [x], _y, { pads }) => [
      pads.reduce((d, p) => b.slice(d, p.axis, p.before, p.before + (x.shape[p.axis] as number)), dy),
    ],
  },
  concat: {
    kernel: "move",
    shape: (ins, a) =>
      ins[0].map((d, k) => (k === a.axis ? ins.reduce((sum, s) => sum + (s[k] as number), 0) : d)),
    eval: (ins, a, out) => {
      const result = new Float64Array(numel(out));
      const steps = strides(out);
      let first = 0;
      for (const x of ins) {
        walk(x.shape, steps, (i, at) => void (result[first + at] = x.data[i]));
        first += x.shape[a.axis] * steps[a.axis];
      }
      return result;
    },
    vjp: (b, dy, x, _y, a) => {
      let start = 0;
      return x.map((part) => {
        const stop = start + (part.shape[a.axis] as number);
        const dx = b.slice(dy, a.axis, start, stop);
        start = stop;
        return dx;
      });
    },
  },
  /** Rows of a table by their numbers: [rows, …] and indices [i…] → [i…, …]. A number without a row gives NaN. */
  gather: {
    kernel: "gather",
    shape: ([table, indices]) => [...indices, ...table.slice(1)],
    eval: ([table, indices], _a, out) => {
      const width = numel(table.shape.slice(1));
      const result = new Float64Array(numel(out)).fill(NaN);
      indices.data.forEach((row, i) => {
        if (!isRow(row, table.shape[0])) return;
        result.set(table.data.subarray(row * width, (row + 1) * width), i * width);
      });
      return result;
    },
    vjp: (b, dy, [table, indices]) => [b.scatter_add(indices, dy, table.shape[0] as number), undefined],
  },
  /** The gradient of `gather`: Σ of the values that belong to each row. */
  scatter_add: {
    kernel: "scatter",
    shape: ([indices, values], { rows }) => [rows, ...values.slice(indices.length)],
    eval: ([indices, values], { rows }, out) => {
      const width = numel(out.slice(1));
      const result = new Float64Array(numel(out));
      indices.data.forEach((row, i) => {
        if (!isRow(row, rows)) return;
        for (let k = 0; k < width; k++) result[row * width + k] += values.data[i * width + k];
      });
      return result;
    },
    vjp: (b, dy, [indices]) => [undefined, b.gather(dy, indices)],
  },
};
