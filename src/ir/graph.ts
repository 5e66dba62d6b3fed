/** A size inside a program: a number, or the batch `n`, bound at run time. Only ever the first dimension is `n`. */
export type Size = number | "n";
export type Sizes = readonly Size[];

export type Part = "forward" | "backward" | "loss" | "update" | "metric";

/** Whose computation a node is: names generated functions, points errors at layers, splits costs. */
export interface Origin {
  /** Path of layer names; "loss", an optimizer or a metric where no layer is meant. */
  readonly layer: string;
  readonly part: Part;
}

/** Letters a dimension, as numpy.einsum: every letter stands in two of the three at least, none twice in one. */
export interface Einsum {
  readonly a: string;
  readonly b: string;
  readonly out: string;
}

type NoAttrs = Readonly<Record<never, never>>;
interface Axes {
  readonly axes: readonly number[];
}
interface Reshaped {
  readonly shape: Sizes;
}

/** Windows along one axis: the element for window `w` and tap `t` is `start + w · stride + t · dilation`. */
export interface Window {
  readonly axis: number;
  /** How many windows. */
  readonly size: number;
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly start: number;
}
/** What is put before and after along one axis. */
export interface Pad {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
}

/** The attributes of each primitive; what it means stands in `ops.ts`. */
export interface OpAttrs {
  readonly input: { readonly name: string; readonly shape: Sizes };
  readonly variable: { readonly variable: Variable };
  readonly const: { readonly value: number };
  readonly batch: NoAttrs;
  readonly iota: { readonly size: number };
  readonly random: { readonly seed: Variable; readonly shape: Sizes };
  readonly add: NoAttrs;
  readonly sub: NoAttrs;
  readonly mul: NoAttrs;
  readonly div: NoAttrs;
  readonly max: NoAttrs;
  readonly min: NoAttrs;
  readonly powi: NoAttrs;
  readonly greater: NoAttrs;
  readonly equal: NoAttrs;
  readonly neg: NoAttrs;
  readonly abs: NoAttrs;
  readonly floor: NoAttrs;
  readonly exp: NoAttrs;
  readonly log: NoAttrs;
  readonly sqrt: NoAttrs;
  readonly tanh: NoAttrs;
  readonly sigmoid: NoAttrs;
  readonly erf: NoAttrs;
  readonly where: NoAttrs;
  readonly einsum: Einsum;
  readonly sum: Axes;
  readonly max_of: Axes & {
    /** Who gets the gradient where several are largest: all of them evenly, or the first of them in row-major order. */
    readonly ties?: "first";
  };
  readonly reshape: Reshaped;
  readonly expand: Reshaped;
  readonly permute: { readonly perm: readonly number[] };
  readonly slice: { readonly axis: number; readonly start: number; readonly stop: number };
  readonly flip: { readonly axis: number };
  readonly window: { readonly windows: readonly Window[] };
  readonly pad: { readonly pads: readonly Pad[]; readonly value: number };
  readonly concat: { readonly axis: number };
  readonly gather: NoAttrs;
  readonly scatter_add: { readonly rows: number };
  readonly scan: {
    /** How many of the body's results the next step reads; as many inputs come first, then so many sequences. */
    readonly carried: number;
    readonly sequences: number;
    readonly steps: number;
    /** Elements of each result of the body, one row of the batch. */
    readonly widths: readonly number[];
    readonly body: Graph;
  };
  readonly given: { readonly of: "state" | "operand"; readonly index: number; readonly shape: Sizes };
  readonly step: NoAttrs;
}
export type OpName = keyof OpAttrs;

/** One operation of a program in single-assignment form. Everything is float32; labels and masks too. */
export interface Node<O extends OpName = OpName> {
  readonly id: number;
  readonly op: O;
  readonly in: readonly Node[];
  readonly attrs: OpAttrs[O];
  readonly shape: Sizes;
  readonly from: Origin;
}

/** A persistent block of memory: a weight, an optimizer slot, a metric's state, a random seed, an array of the source. */
export interface Variable {
  readonly name: string;
  readonly shape: readonly number[];
  readonly kind: "weight" | "slot" | "state" | "seed" | "constant";
  /** What a constant holds; everything else starts at zero. */
  readonly value?: Float32Array;
}

/**
 * A program: nodes in an order that can be run, and what is to be computed: `results` for the caller and
 * `assigns` to variables. A variable's old value is read by every `variable` node, whatever the order of nodes.
 */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly inputs: readonly Node<"input">[];
  readonly results: ReadonlyMap<string, Node>;
  readonly assigns: readonly { readonly variable: Variable; readonly value: Node }[];
  /** Readable names of nodes, for generated code. */
  readonly labels: ReadonlyMap<Node, string>;
  /** Nodes that count as constants should the program be differentiated yet. */
  readonly held?: ReadonlySet<Node>;
  /** The only number of rows that it runs with, where it remembers something of every row; every size is a number then. */
  readonly rows?: number;
}
