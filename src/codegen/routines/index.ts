import type { Func } from "../wasm/code.ts";
import { uniform } from "./uniform.ts";

/** A computation that is not a loop over floats, in both languages. */
export interface Routine {
  readonly name: string;
  /** Takes byte addresses of the seed and the output, and the number of elements. */
  readonly wasm: Func;
  /** Source of a TypeScript function, to be put into a file as it stands. */
  readonly ts: string;
}

export const routines: Readonly<Record<"uniform", Routine>> = { uniform };
