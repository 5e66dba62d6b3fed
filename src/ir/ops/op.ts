import type { Builder } from "../builder.ts";
import type { Graph, Node, OpAttrs, Sizes, Variable } from "../graph.ts";

/** A tensor while the reference interpreter runs: the batch is bound, numbers are doubles. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** What one step of a scan reads. */
export interface Inside {
  /** What was carried on so far: [n, steps + 1, …] each. */
  readonly states: readonly Value[];
  readonly operands: readonly Value[];
  readonly time: number;
}

/** What an evaluation may ask for besides its inputs. */
export interface Context {
  readonly n: number;
  read(variable: Variable): Value;
  /** The next draw of `count` uniform numbers in [0, 1) from a seed; the seed's counter goes up by one. */
  uniform(seed: Variable, count: number): Float64Array;
  /** Runs a program inside this one. */
  run(graph: Graph, inside: Inside): ReadonlyMap<string, Value>;
  /** Where a program inside another stands. */
  readonly inside?: Inside;
}

/** One primitive in one place: its shape rule, its meaning, its gradient. */
export interface Op<A> {
  shape(ins: readonly Sizes[], attrs: A): Sizes;
  eval(ins: readonly Value[], attrs: A, shape: readonly number[], context: Context): Float64Array;
  /** Gradient of each input in terms of the output's; undefined where there is none. */
  vjp(b: Builder, dy: Node, x: readonly Node[], y: Node, attrs: A): readonly (Node | undefined)[];
  /** Each output element depends on the same element of every input alone. */
  readonly elementwise?: true;
  /** Costs enough that it is computed once and kept rather than repeated by every reader. */
  readonly costly?: true;
  /** Where its value is when a kernel asks: in memory before the program starts, or made anew on the spot. */
  readonly found?: "memory" | "inline";
  /** Reads other places of its input and computes nothing. */
  readonly view?: true;
  /** The kind of kernel it needs; elementwise ones and folds share theirs. All but "uniform" read their inputs from memory, through views or not. */
  readonly kernel?: "contract" | "move" | "uniform" | "gather" | "scatter" | "scan";
  /** Never one with an equal node. */
  readonly unique?: true;
  /** Asks whether operands are the very same number: they must be values as stored, not computed anew. */
  readonly exact?: true;
  /** Folds the axes of `attrs.axes`. */
  readonly reduces?: "sum" | "max";
}

export type NoAttrs = OpAttrs["add"];
/** Entries of the table of primitives, by name. */
export type Ops<O extends keyof OpAttrs> = { readonly [K in O]: Op<OpAttrs[K]> };

export const numel = (s: readonly number[]): number => s.reduce((a, b) => a * b, 1);
export const same = ([s]: readonly Sizes[]): Sizes => s;
export const none = (): readonly undefined[] => [];

/** Row-major strides. */
export const strides = (s: readonly number[]): number[] => s.map((_, i) => numel(s.slice(i + 1)));

/** Calls `visit(position, offset)` for every position of `shape`, the offset counted with other strides. */
export function walk(
  shape: readonly number[],
  steps: readonly number[],
  visit: (i: number, at: number) => void,
): void {
  const at = new Array<number>(shape.length).fill(0);
  let offset = 0;
  for (let i = 0, total = numel(shape); i < total; i++) {
    visit(i, offset);
    for (let k = shape.length - 1; k >= 0; k--) {
      offset += steps[k];
      if (++at[k] < shape[k]) break;
      offset -= steps[k] * shape[k];
      at[k] = 0;
    }
  }
}
