import type { Kernel } from "../codegen/kernels.ts";
import type { Graph, Variable } from "../ir/graph.ts";
import type { Content } from "./waiting.ts";

/**
 * Where programs of one model run. Variables live as long as the session and are shared by all its programs.
 * Two implementations: the reference interpreter and generated WebAssembly. Neither falls back to the other.
 */
export interface Session {
  readonly engine: "wasm" | "interpret";
  /** The variable's storage, float32 (a seed: two elements, seed and count, as uint32 bits). Fetch it anew before use: memory may move when a program is prepared. */
  view(variable: Variable): Float32Array;
  /** Writes the whole of a variable; a function is called when the variable is viewed or a program runs. */
  put(variable: Variable, content: Content): void;
  /** Says that somebody else changed weights, so that copies made from them (packed panels) are stale. */
  touch(): void;
  /** Says that somebody outside holds a view of weights and may write to it at any time: copies are made anew at every run. */
  expose(): void;
  /** Makes a program that runs any batch from 1 to `batch` rows. Programs of the same graph and batch are made once. */
  prepare(graph: Graph, batch: number): Executable;
}

export interface Executable {
  readonly batch: number;
  /** Storage of an input at full batch, row-major; fill the first n rows before `run(n)`. */
  input(name: string): Float32Array;
  run(n: number): void;
  /** A result of the last run: the first n rows where it is batched, the whole otherwise. A view, overwritten by the next run. */
  result(name: string): Float32Array;
  /** What `run` does, one after the other, each callable alone: to be measured. The interpreter has no kernels. */
  readonly parts?: Parts;
}

/** The kernels of a compiled program. */
export interface Parts {
  /** Multiplications with additions are one instruction. */
  readonly fma: boolean;
  readonly kernels: readonly { readonly kernel: Kernel; run(n: number): void }[];
}
