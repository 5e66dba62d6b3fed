import { internal } from "../../diagnostics.ts";
import { none, numel, type Ops } from "./op.ts";

/** What programs begin with. */
export const sources: Ops<"input" | "variable" | "const" | "batch" | "iota" | "random"> = {
  input: {
    found: "memory",
    shape: (_, a) => a.shape,
    eval: () => {
      throw internal("an input was not bound");
    },
    vjp: none,
  },
  variable: {
    found: "memory",
    shape: (_, a) => a.variable.shape,
    eval: (_, a, _s, context) => context.read(a.variable).data,
    vjp: none,
  },
  /** A scalar. */
  const: { found: "inline", shape: () => [], eval: (_, a) => Float64Array.of(a.value), vjp: none },
  /** The batch size as a scalar. */
  batch: {
    found: "inline",
    shape: () => [],
    eval: (_, _a, _s, context) => Float64Array.of(context.n),
    vjp: none,
  },
  /** 0, 1, 2 … */
  iota: {
    found: "inline",
    shape: (_, a) => [a.size],
    eval: (_, a) => Float64Array.from({ length: a.size }, (_v, i) => i),
    vjp: none,
  },
  /** Uniform numbers in [0, 1), drawn by Keras's Philox from a seed and its counter. */
  random: {
    unique: true,
    kernel: "uniform",
    shape: (_, a) => a.shape,
    eval: (_, a, shape, context) => context.uniform(a.seed, numel(shape)),
    vjp: none,
  },
};
