import { internal, ModelError } from "../diagnostics.ts";
import type { Einsum, Node, OpAttrs, OpName, Origin, Pad, Sizes, Variable, Window } from "./graph.ts";
import { opOf } from "./ops.ts";

export type Operand = Node | number;

/** The least finite float32. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const equalSizes = (a: Sizes, b: Sizes): boolean => a.length === b.length && a.every((d, k) => d === b[k]);

/** What an activation was taken of; `by`: the operation that made its result, where that did so itself. */
export interface Logits {
  readonly of: Node;
  readonly by?: "sigmoid" | "softmax";
}

/**
 * The vocabulary in which layers, losses, metrics and optimizers are written: the primitives, broadcasting made
 * explicit, and the few compositions everybody needs.
 */
export class Builder {
  readonly nodes: Node[] = [];
  readonly assigns: { variable: Variable; value: Node }[] = [];
  /** What softmax or sigmoid was taken of, by its result: crossentropies are computed from there, as Keras does. */
  readonly logits = new Map<Node, Logits>();
  private readonly reads = new Map<string, Node>();
  private readonly inputs = new Map<string, Node<"input">>();
  /** Ids of nodes that count as constants when differentiating. */
  readonly stopped = new Set<number>();
  /** Readable names of nodes, for generated code: a layer's output, a gradient. */
  readonly labels = new Map<Node, string>();
  /** Whose computation is being written; set by whoever lowers. */
  from: Origin = { layer: "", part: "forward" };
  /** Whether layers are lowered as they are in training; set by whoever lowers. */
  training: boolean;
  /** How many rows a batch has, where what is remembered between batches says so. */
  rows: number | undefined;

  constructor(training: boolean) {
    this.training = training;
  }

  node<O extends OpName>(op: O, ins: readonly Node[], attrs: OpAttrs[O]): Node<O> {
    const draft = { id: this.nodes.length, op, in: ins, attrs, shape: [] as Sizes, from: this.from };
    const shape = opOf(draft as unknown as Node).shape(
      ins.map((x) => x.shape),
      attrs,
    );
    const node = { ...draft, shape } as Node<O>;
    this.nodes.push(node as unknown as Node);
    return node;
  }

  /** Gives a node the name it has in generated code; the first name stays. */
  label(node: Node, name: string): Node {
    if (!this.labels.has(node)) this.labels.set(node, name);
    return node;
  }

  /** What the caller fills in: one node a name. */
  input(name: string, shape: Sizes): Node<"input"> {
    const node = this.inputs.get(name) ?? this.node("input", [], { name, shape });
    this.inputs.set(name, node);
    return node;
  }
  /** What a variable held before this program ran: one node, however often it is asked for. */
  variable(variable: Variable): Node {
    const known = this.reads.get(variable.name);
    const node = known ?? (this.node("variable", [], { variable }) as unknown as Node);
    this.reads.set(variable.name, node);
    return node;
  }
  const(value: number): Node {
    return this.node("const", [], { value: Math.fround(value) }) as unknown as Node;
  }
  /** An array of the source; all programs of a session know it by its name. */
  constant(name: string, shape: readonly number[], data: readonly number[]): Node {
    const [first = 0] = data;
    if (data.every((x) => x === first))
      return this.expand(
        this.reshape(
          this.const(first),
          shape.map(() => 1),
        ),
        shape,
      );
    return this.variable({
      name: `@constant/${name}`,
      shape,
      kind: "constant",
      value: Float32Array.from(data),
    });
  }
  /** The batch size. */
  batch(): Node {
    return this.node("batch", [], {}) as unknown as Node;
  }
  iota(size: number): Node {
    return this.node("iota", [], { size }) as unknown as Node;
  }
  random(seed: Variable, shape: Sizes): Node {
    return this.node("random", [], { seed, shape }) as unknown as Node;
  }
  /** The value of a variable (given as such, or as the node that reads it) after this program has run. */
  assign(target: Variable | Node, value: Node): void {
    const variable = "op" in target ? this.variableOf(target) : target;
    if (!equalSizes(variable.shape, value.shape))
      throw internal(`${variable.name} is assigned another shape`);
    const earlier = this.assigns.findIndex((one) => one.variable.name === variable.name);
    if (earlier >= 0) this.assigns.splice(earlier, 1);
    this.assigns.push({ variable, value });
  }
  /** A variable's value at this point of the program: what was last assigned to it, else what it held before. */
  current(variable: Variable): Node {
    return this.assigns.find((one) => one.variable.name === variable.name)?.value ?? this.variable(variable);
  }
  /** What a variable remembers for every row of a batch, a constant when differentiating: batches have as many rows. */
  recall(variable: Variable): Node {
    const [rows, ...sizes] = variable.shape;
    if (this.rows !== undefined && this.rows !== rows)
      throw new ModelError({
        code: "shape-mismatch",
        message: "Layers of the model remember batches of different sizes.",
        at: { path: this.from.layer },
        expected: String(this.rows),
        received: String(rows),
      });
    this.rows = rows;
    return this.stop(this.reshape(this.current(variable), ["n", ...sizes]));
  }
  /** The variable that a node reads, or whose value it has become. */
  variableOf(node: Node): Variable {
    const assigned = this.assigns.find((one) => one.value === node)?.variable;
    return assigned ?? (node as Node<"variable">).attrs.variable;
  }

  private wrap(x: Operand): Node {
    return typeof x === "number" ? this.const(x) : x;
  }
  /** Both operands brought to one shape, as numpy broadcasts. */
  private broadcast(...operands: Operand[]): Node[] {
    const nodes = operands.map((x) => this.wrap(x));
    const rank = Math.max(...nodes.map((x) => x.shape.length));
    const lifted = nodes.map((x) => [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]);
    const shape = Array.from({ length: rank }, (_, k) => lifted.map((s) => s[k]).find((d) => d !== 1) ?? 1);
    return nodes.map((x, i) => {
      const fits = lifted[i].every((d, k) => d === 1 || d === shape[k]);
      if (!fits) throw internal(`cannot broadcast [${lifted[i]}] to [${shape}]`);
      return this.expand(this.reshape(x, lifted[i]), shape);
    });
  }
  private elementwise(op: OpName, ...operands: Operand[]): Node {
    return this.node(op, this.broadcast(...operands), {} as OpAttrs[OpName]);
  }

  add(x: Operand, y: Operand): Node {
    return this.elementwise("add", x, y);
  }
  sub(x: Operand, y: Operand): Node {
    return this.elementwise("sub", x, y);
  }
  mul(x: Operand, y: Operand): Node {
    return this.elementwise("mul", x, y);
  }
  div(x: Operand, y: Operand): Node {
    return this.elementwise("div", x, y);
  }
  max(x: Operand, y: Operand): Node {
    return this.elementwise("max", x, y);
  }
  min(x: Operand, y: Operand): Node {
    return this.elementwise("min", x, y);
  }
  powi(x: Operand, y: Operand): Node {
    return this.elementwise("powi", x, y);
  }
  greater(x: Operand, y: Operand): Node {
    return this.elementwise("greater", x, y);
  }
  less(x: Operand, y: Operand): Node {
    return this.greater(y, x);
  }
  equal(x: Operand, y: Operand): Node {
    return this.elementwise("equal", x, y);
  }
  where(test: Node, yes: Operand, no: Operand): Node {
    return this.elementwise("where", test, yes, no);
  }
  clip(x: Node, low: number, high: number): Node {
    return this.min(this.max(x, low), high);
  }

  private map(op: OpName, x: Node): Node {
    return this.node(op, [x], {} as OpAttrs[OpName]);
  }
  neg(x: Node): Node {
    return this.map("neg", x);
  }
  abs(x: Node): Node {
    return this.map("abs", x);
  }
  floor(x: Node): Node {
    return this.map("floor", x);
  }
  exp(x: Node): Node {
    return this.map("exp", x);
  }
  log(x: Node): Node {
    return this.map("log", x);
  }
  sqrt(x: Node): Node {
    return this.map("sqrt", x);
  }
  tanh(x: Node): Node {
    return this.map("tanh", x);
  }
  erf(x: Node): Node {
    return this.map("erf", x);
  }
  square(x: Node): Node {
    return this.mul(x, x);
  }
  /** 1 / (1 + exp(−x)) */
  sigmoid(x: Node): Node {
    return this.remember(this.map("sigmoid", x), { of: x, by: "sigmoid" });
  }
  /** log(1 + exp(x)), stable on both sides; its gradient at 0 is ½. */
  softplus(x: Node): Node {
    const negative = this.greater(0, x);
    const small = this.exp(this.where(negative, x, this.neg(x)));
    return this.add(this.where(negative, 0, x), this.log1p(small));
  }
  /** log(1 + x) for x from 0 to 1, also where 1 + x loses digits of x: they are added again. */
  private log1p(x: Node): Node {
    const sum = this.add(1, x);
    return this.add(this.log(sum), this.stop(this.sub(x, this.sub(sum, 1))));
  }
  /** exp(x) − 1 for x up to 0, exact near 0: what the subtraction loses is added again. */
  expm1(x: Node): Node {
    const rough = this.sub(this.exp(x), 1);
    const half = this.tanh(this.div(x, 2));
    const exact = this.div(this.mul(2, half), this.sub(1, half));
    return this.add(rough, this.stop(this.sub(exact, rough)));
  }
  /** Has it known what softmax or sigmoid was taken of. */
  remember(result: Node, logits: Logits): Node {
    this.logits.set(result, logits);
    return result;
  }
  /** The same value as a tensor of its own, of which nobody knows what it was taken of. */
  anew(x: Node): Node {
    return this.logits.has(x) ? this.node(x.op, x.in, x.attrs) : x;
  }
  /** The same value, held constant when differentiating: TensorFlow's `stop_gradient`. */
  stop(x: Node): Node {
    const copy = this.node(x.op, x.in, x.attrs);
    this.stopped.add(copy.id);
    return copy;
  }

  einsum(x: Node, y: Node, e: Einsum): Node {
    return this.node("einsum", [x, y], e) as unknown as Node;
  }
  /** [..., k] × [k, m] → [..., m] */
  matmul(x: Node, w: Node): Node {
    const rows = LETTERS.slice(0, x.shape.length - 1);
    return this.einsum(x, w, { a: `${rows}y`, b: "yz", out: `${rows}z` });
  }
  sum(x: Node, axes: readonly number[]): Node {
    return axes.length ? (this.node("sum", [x], { axes }) as unknown as Node) : x;
  }
  /** The largest element; with "first" the first of equal ones gets the whole gradient, else they share it. */
  max_of(x: Node, axes: readonly number[], ties?: "first"): Node {
    return axes.length ? (this.node("max_of", [x], { axes, ...(ties && { ties }) }) as unknown as Node) : x;
  }
  /** Number of elements along `axes`, as an operand: the batch is known only at run time. */
  count(x: Node, axes: readonly number[]): Operand {
    const sizes = axes.map((k) => x.shape[k]);
    const fixed = sizes.reduce<number>((product, d) => (d === "n" ? product : product * d), 1);
    return sizes.filter((d) => d === "n").reduce<Operand>((all) => this.mul(this.batch(), all), fixed);
  }
  mean(x: Node, axes: readonly number[]): Node {
    return this.div(this.sum(x, axes), this.count(x, axes));
  }
  reshape(x: Node, shape: Sizes): Node {
    return equalSizes(x.shape, shape) ? x : (this.node("reshape", [x], { shape }) as unknown as Node);
  }
  expand(x: Node, shape: Sizes): Node {
    return equalSizes(x.shape, shape) ? x : (this.node("expand", [x], { shape }) as unknown as Node);
  }
  permute(x: Node, perm: readonly number[]): Node {
    return perm.every((p, k) => p === k) ? x : (this.node("permute", [x], { perm }) as unknown as Node);
  }
  slice(x: Node, axis: number, start: number, stop: number): Node {
    const whole = start === 0 && stop === x.shape[axis];
    return whole ? x : (this.node("slice", [x], { axis, start, stop }) as unknown as Node);
  }
  pad(x: Node, pads: readonly Pad[], value = 0): Node {
    const some = pads.filter((p) => p.before + p.after > 0);
    return some.length ? (this.node("pad", [x], { pads: some, value }) as unknown as Node) : x;
  }
  flip(x: Node, axis: number): Node {
    return x.shape[axis] === 1 ? x : (this.node("flip", [x], { axis }) as unknown as Node);
  }
  /** Splits axes into windows and taps: see `Window`. */
  window(x: Node, windows: readonly Window[]): Node {
    return this.node("window", [x], { windows }) as unknown as Node;
  }
  /** Rows of a table: [rows, …], [i…] → [i…, …]. */
  gather(table: Node, indices: Node): Node {
    return this.node("gather", [table, indices], {}) as unknown as Node;
  }
  scatter_add(indices: Node, values: Node, rows: number): Node {
    return this.node("scatter_add", [indices, values], { rows }) as unknown as Node;
  }
  concat(parts: readonly Node[], axis: number): Node {
    return parts.length === 1 ? parts[0] : (this.node("concat", parts, { axis }) as unknown as Node);
  }

  /** The largest element, a shift that cancels: nothing depends on it. */
  private top(x: Node, axes: readonly number[]): Node {
    return this.stop(this.max_of(x, axes));
  }
  /** exp(x − max) / Σ over `axes`. */
  softmax(x: Node, axes: readonly number[]): Node {
    const e = this.exp(this.sub(x, this.top(x, axes)));
    const result = this.div(e, this.sum(e, axes));
    return axes.length === 1 ? this.remember(result, { of: x, by: "softmax" }) : result;
  }
  /** log Σ exp(x) over one axis, kept as size 1. */
  logsumexp(x: Node, axes: readonly number[]): Node {
    const top = this.top(x, axes);
    return this.add(this.log(this.sum(this.exp(this.sub(x, top)), axes)), top);
  }
  /** x − log Σ exp(x) over `axes`; large x lose nothing, because the largest is taken off first. */
  log_softmax(x: Node, axes: readonly number[]): Node {
    const below = this.sub(x, this.top(x, axes));
    return this.sub(below, this.log(this.sum(this.exp(below), axes)));
  }
  /** Index of the first largest element along `axis`, kept as size 1; as in TensorFlow NaN is none, and 0 where all are. */
  argmax(x: Node, axis: number): Node {
    const size = x.shape[axis] as number;
    const top = this.max_of(this.where(this.greater(x, LOWEST), x, LOWEST), [axis]);
    const index = this.reshape(
      this.iota(size),
      x.shape.map((_, k) => (k === axis ? size : 1)),
    );
    const here = this.where(this.equal(x, top), this.neg(index), -size);
    const first = this.neg(this.max_of(here, [axis]));
    return this.where(this.greater(size, first), first, 0);
  }
}
