import type { Origin, Sizes } from "../ir/graph.ts";

/**
 * Loops over one arena: what both emitters walk and neither decides about. A kernel for WebAssembly computes in
 * vectors of four lanes, a kernel for TypeScript in scalars; the statements are the same.
 */

/** A number known only at run time: `floor(n · k / multiple) · multiple`. */
export interface BatchExtent {
  readonly n: number;
  readonly multiple?: number;
}
export type Extent = number | BatchExtent;

/** A named stretch of memory, in float32 elements. */
export interface Buffer {
  readonly name: string;
  readonly shape: Sizes;
  /** "variable": persistent; "input", "result": seen by the caller; "value": alive between two kernels only; "pack": made of weights alone, ahead; "scratch": sums in double precision, outside that memory and dead where a kernel ends. */
  readonly kind: "variable" | "input" | "result" | "value" | "pack" | "constant" | "scratch";
}

/** base + Σ loop · stride, in elements from the start of a buffer. */
export interface Index {
  readonly base: number;
  readonly terms: readonly { readonly loop: string; readonly stride: number }[];
}

/** A row of a table whose number is computed: the local's whole number times `stride` is added to the place. */
export interface Row {
  readonly local: string;
  readonly stride: number;
}

export type UnaryOp = "neg" | "abs" | "floor" | "exp" | "log" | "sqrt" | "tanh" | "sigmoid" | "erf";
export type BinaryOp = "add" | "sub" | "mul" | "div" | "max" | "min" | "powi" | "greater" | "equal";

export type Expr =
  | { readonly kind: "const"; readonly value: number }
  | { readonly kind: "local"; readonly name: string }
  /** "vector": four consecutive elements; "splat": one element, in every lane. Scalar kernels have only "splat". */
  | {
      readonly kind: "load";
      readonly how: "vector" | "splat";
      readonly buffer: Buffer;
      readonly at: Index;
      readonly row?: Row;
      /** In a block: the pointer that `at` is counted from, instead of the buffer's start. */
      readonly from?: string;
    }
  /** An index as a number; "vector": at, at+1, at+2, at+3. */
  | { readonly kind: "index"; readonly how: "vector" | "splat"; readonly at: Index }
  /** The batch size as a number. */
  | { readonly kind: "batch" }
  | { readonly kind: "unary"; readonly op: UnaryOp; readonly x: Expr }
  | { readonly kind: "binary"; readonly op: BinaryOp; readonly x: Expr; readonly y: Expr }
  /** x · y + z; one rounding where the module is built with fused multiply-add. */
  | { readonly kind: "mac"; readonly x: Expr; readonly y: Expr; readonly z: Expr }
  | { readonly kind: "where"; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  /** Folds the four lanes of x; the result stands in every lane. */
  | { readonly kind: "across"; readonly op: "sum" | "max"; readonly x: Expr }
  /** Lane i is the sum of the four lanes of xs[i]. */
  | { readonly kind: "sums"; readonly xs: readonly [Expr, Expr, Expr, Expr] }
  /** Keeps the last `count` lanes of x, zero elsewhere: an overlapping last vector whose first lanes were counted before. */
  | { readonly kind: "last"; readonly count: number; readonly x: Expr };

export type Stmt =
  | {
      readonly kind: "for";
      readonly loop: string;
      readonly from: Extent;
      readonly to: Extent;
      readonly step: number;
      readonly body: readonly Stmt[];
    }
  /** Runs the body unless the test, alike in every lane, is 0. */
  | { readonly kind: "when"; readonly test: Expr; readonly body: readonly Stmt[] }
  /** A mutable local of the kernel; visible from here to the end of the enclosing body. */
  | { readonly kind: "let"; readonly name: string; readonly value: Expr }
  | { readonly kind: "set"; readonly name: string; readonly value: Expr }
  /** "vector": four consecutive elements; "one": lane 0 only. */
  | {
      readonly kind: "store";
      readonly how: "vector" | "one";
      readonly buffer: Buffer;
      readonly at: Index;
      readonly row?: Row;
      readonly value: Expr;
    }
  /** Runs a block, each of its pointers set to a place in its buffer. Scalar kernels alone have blocks. */
  | { readonly kind: "enter"; readonly block: Block; readonly at: readonly Index[] }
  /** One of the few routines that are not loops over floats: see `routines/`. */
  | {
      readonly kind: "call";
      readonly routine: "uniform";
      readonly seed: Buffer;
      readonly out: Buffer;
      readonly count: Extent;
    };

/** The inside of a kernel's loops as a function of its own: what an engine compiles well is small, and knows its pointers as integers. */
export interface Block {
  /** Unique in its program: `dense_1_forward_8x4`. */
  readonly name: string;
  /** The comment printed above it. */
  readonly says: string;
  readonly pointers: readonly { readonly name: string; readonly buffer: Buffer }[];
  readonly body: readonly Stmt[];
}

/** One generated function, with its blocks. */
export interface Kernel {
  /** Made from a safe alphabet; unique in its program: `dense_1_forward`. */
  readonly name: string;
  /** The formula printed above it. */
  readonly says: string;
  readonly from: readonly Origin[];
  readonly reads: readonly Buffer[];
  readonly writes: readonly Buffer[];
  readonly lanes: 1 | 4;
  /** Each element is read, if at all, just before the element at the same place is written: outputs may take the memory of inputs read at equal indices. */
  readonly in_place: boolean;
  readonly body: readonly Stmt[];
}

/** Kernels, and where every buffer lies. */
export interface Plan {
  readonly kernels: readonly Kernel[];
  /** What can be called: "run", or a bundle's "predict" and "step"; "pack" copies weights into panels, after weights have changed. */
  readonly entries: ReadonlyMap<string, readonly Kernel[]>;
  /** Element offset of every buffer from the start of memory. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** Rows the arena holds. */
  readonly batch: number;
  /** Elements in all, persistent block included. */
  readonly size: number;
}
