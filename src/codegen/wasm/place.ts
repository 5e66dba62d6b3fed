import type { Buffer } from "../kernels.ts";
import type { Code, Local } from "./code.ts";

/** Σ loop · step of a linear form held in a local, plus a bias known here. */
export interface Pointer {
  readonly local: Local;
  readonly bias: number;
}

/** What a statement or expression sees where it stands. */
export interface Place {
  readonly code: Code;
  /** Element offset of every buffer. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** The batch. */
  readonly n: Local;
  /** The kernel's own locals. */
  readonly locals: ReadonlyMap<string, Local>;
  /** Names of the enclosing loops, outermost first, but for those of one iteration. */
  readonly loops: readonly string[];
  /** Value of each enclosing loop of one iteration. */
  readonly fixed: ReadonlyMap<string, number>;
  /** Linear forms of the enclosing loops, by their keys. */
  readonly pointers: ReadonlyMap<string, Pointer>;
}
