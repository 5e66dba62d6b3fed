import { internal } from "../diagnostics.ts";
import { backpropagate } from "./autodiff.ts";
import { Builder } from "./builder.ts";
import { cloned } from "./clone.ts";
import type { Einsum, Node, OpAttrs, Sizes } from "./graph.ts";
import { hoisted } from "./hoist.ts";
import { partName, widthOf } from "./ops/scan.ts";

/** A loop over the second axis of sequences, as a layer writes it. */
export interface ScanSpec {
  /** What is carried from step to step, before the first: [n, width] each. */
  readonly initial: readonly Node[];
  /** Read a step at a time: [n, steps, …]. */
  readonly sequences: readonly Node[];
  /** The same at every step: weights, or values of the batch [n, …]. */
  readonly constants: readonly Node[];
  /**
   * One step: what is carried on, [n, width] each, then whatever else is to be kept for the gradient or the caller.
   * What it makes of constants alone is computed once, before the loop; a weight must have become a value of the batch,
   * or be read by a product, where it meets what changes.
   */
  step(b: Builder, states: readonly Node[], xs: readonly Node[], constants: readonly Node[]): readonly Node[];
}

/** What a scan made. */
export interface Scanned {
  /** Part k at every step: [n, steps, width]. */
  all(k: number): Node;
  /** Part k after the last step: [n, width]. */
  last(k: number): Node;
}

export function scan(b: Builder, spec: ScanSpec): Scanned {
  const { initial, sequences, constants } = spec;
  const steps = sequences[0].shape[1] as number;
  const n = sequences[0].shape[0];
  const inner = new Builder(b.training);
  inner.from = b.from;
  const given = (of: "state" | "operand", index: number, shape: Sizes): Node =>
    inner.node("given", [], { of, index, shape }) as unknown as Node;
  const step = (x: Node): Node => inner.node("step", [x], {}) as unknown as Node;
  const states = initial.map((x, k) => step(given("state", k, [n, steps + 1, ...x.shape.slice(1)])));
  const xs = sequences.map((x, k) => step(given("operand", k, x.shape)));
  const fixed = constants.map((x, k) => given("operand", sequences.length + k, x.shape));
  const parts = spec.step(inner, states, xs, fixed);
  const results = new Map(parts.map((part, k) => [partName(k), part]));
  const loop = hoisted(b, inner, results, constants, sequences.length);
  const attrs: OpAttrs["scan"] = {
    carried: initial.length,
    sequences: sequences.length,
    steps,
    widths: parts.map((part) => widthOf(part.shape)),
    body: loop.body,
  };
  const out = b.node("scan", [...initial, ...sequences, ...loop.constants], attrs) as unknown as Node;
  return scanned(b, out, attrs);
}

function scanned(b: Builder, out: Node, { steps, widths }: OpAttrs["scan"]): Scanned & Before {
  const columns = (x: Node, k: number): Node => {
    const first = widths.slice(0, k).reduce((sum, w) => sum + w, 0);
    return b.slice(x, 2, first, first + widths[k]);
  };
  const at = (k: number, from: number, to: number): Node => columns(b.slice(out, 1, from, to), k);
  return {
    all: (k) => at(k, 1, steps + 1),
    last: (k) => b.reshape(at(k, steps, steps + 1), [out.shape[0], widths[k]]),
    before: (k) => at(k, 0, steps),
  };
}
interface Before {
  /** Part k as each step found it. */
  before(k: number): Node;
}

/** What the reverse loop brings out of a step besides the gradients of what is carried on. */
class Wanted {
  readonly nodes: Node[];
  constructor(carried: readonly Node[]) {
    this.nodes = [...carried];
  }
  /** The part that holds a node; nodes wanted twice are kept once. */
  part(node: Node): number {
    const known = this.nodes.indexOf(node);
    return known >= 0 ? known : this.nodes.push(node) - 1;
  }
}

/** Where the gradient of a scan's input is to be found once the reverse loop has run. */
type Found =
  | { readonly kind: "sequence"; readonly part: number }
  | { readonly kind: "sum"; readonly part: number }
  | { readonly kind: "products"; readonly products: readonly ProductPart[] }
  | undefined;
interface ProductPart {
  readonly e: Einsum;
  /** Which operand of the product the weight is. */
  readonly weight: 0 | 1;
  /** The other operand: a part of the reverse loop, or one of the sequences that it reads. */
  readonly operand: { readonly part: number } | { readonly sequence: number };
  readonly gradient: number;
}

/**
 * The gradients of a scan's inputs: a loop from the last step to the first that carries the gradient of the state. What
 * forward kept is read instead of computed again; the gradients of weights are one product over all steps at the end.
 */
export function scanGradient(
  b: Builder,
  dy: Node,
  ins: readonly Node[],
  y: Node,
  attrs: OpAttrs["scan"],
): (Node | undefined)[] {
  const { carried, sequences, steps, widths } = attrs;
  const [forward, upstream] = [scanned(b, y, attrs), scanned(b, dy, attrs)];
  const back = (x: Node): Node => b.flip(x, 1);
  const list = <T>(count: number, f: (k: number) => T): T[] => Array.from({ length: count }, (_, k) => f(k));
  const zero = (w: number): Node => b.expand(b.reshape(b.const(0), [1, 1]), [y.shape[0], w]);
  const read = {
    states: list(carried, (k) => back(forward.before(k))),
    parts: list(widths.length, (k) => back(forward.all(k))),
    upstream: list(widths.length, (k) => back(upstream.all(k))),
    xs: ins.slice(carried, carried + sequences).map(back),
  };
  const reading = [...read.states, ...read.parts, ...read.upstream, ...read.xs];
  let found: Found[] = [];
  let shapes: Sizes[] = [];
  const reverse = scan(b, {
    initial: list(carried, (k) => zero(widths[k])),
    sequences: reading,
    constants: ins.slice(carried + sequences),
    step: (inner, d, all, constants) => {
      let next = 0;
      const take = (count: number): Node[] => all.slice(next, (next += count));
      const step = reverseStep(inner, attrs, {
        all,
        ...{
          states: take(carried),
          parts: take(widths.length),
          upstream: take(widths.length),
          xs: take(sequences),
        },
        ...{ constants, d },
      });
      found = step.found;
      shapes = step.wanted.map((x) => x.shape);
      return step.wanted.map((x) => inner.reshape(x, [x.shape[0], widthOf(x.shape)]));
    },
  });
  const sequence = (part: number): Node => {
    const shape = shapes[part];
    return back(b.reshape(reverse.all(part), [shape[0], steps, ...shape.slice(1)]));
  };
  const gradient = (f: Found, x: Node): Node | undefined => {
    if (!f) return undefined;
    if (f.kind === "sequence") return sequence(f.part);
    if (f.kind === "sum") return b.reshape(b.sum(sequence(f.part), [1]), x.shape);
    const operand = (o: ProductPart["operand"]): Node =>
      "part" in o ? sequence(o.part) : back(reading[o.sequence]);
    const products = f.products.map((p) => weightGradient(b, p, operand(p.operand), sequence(p.gradient)));
    return products.length ? products.reduce((p, q) => b.add(p, q)) : undefined;
  };
  const initial = list(carried, (k) => reverse.last(k));
  return [...initial, ...found.map((f, k) => gradient(f, ins[carried + k]))];
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

/** Σ over the batch and all steps of operand · gradient. */
function weightGradient(b: Builder, { e, weight }: ProductPart, operand: Node, gradient: Node): Node {
  const letters = [e.a, e.b];
  const time = [...LETTERS].find((l) => !`${e.a}${e.b}${e.out}`.includes(l))!;
  const timed = (text: string): string => text[0] + time + text.slice(1);
  return b.einsum(operand, gradient, {
    a: timed(letters[1 - weight]),
    b: timed(e.out),
    out: letters[weight],
  });
}

/** The values of one step as the reverse loop reads them. */
interface Step {
  /** All of them that come from sequences, in the order of these. */
  readonly all: readonly Node[];
  readonly states: readonly Node[];
  readonly parts: readonly Node[];
  readonly upstream: readonly Node[];
  readonly xs: readonly Node[];
  readonly constants: readonly Node[];
  /** The gradient of what this step carried on. */
  readonly d: readonly Node[];
}

function reverseStep(
  inner: Builder,
  { carried, sequences, body }: OpAttrs["scan"],
  step: Step,
): { wanted: readonly Node[]; found: Found[] } {
  const clone = cloned(inner, body, (node) => leafOf(node, sequences, step));
  const parts = step.parts.map((_, k) => clone.get(body.results.get(partName(k))!)!);
  const seeds = new Map<Node, Node>();
  step.upstream.forEach((d, k) => {
    const sum = k < carried ? inner.add(step.d[k], d) : d;
    const known = seeds.get(parts[k]);
    seeds.set(parts[k], known ? inner.add(known, sum) : sum);
  });
  const gradient = backpropagate(inner, seeds, [...step.states, ...step.xs, ...step.constants]);
  const kept = new Map(parts.map((node, k) => [node, step.parts[k]]));
  const now = substituted(inner, kept);
  const zero = (x: Node): Node =>
    inner.expand(
      inner.reshape(
        inner.const(0),
        x.shape.map(() => 1),
      ),
      x.shape,
    );
  const dStates = step.states.map((x) => {
    const d = gradient.get(x.id);
    return d ? now(d) : zero(x);
  });
  const wanted = new Wanted(dStates.slice(0, carried));
  const found = [
    ...step.xs.map((x): Found => {
      const d = gradient.get(x.id);
      return d && { kind: "sequence", part: wanted.part(now(d)) };
    }),
    ...step.constants.map((x) => constantGradient(x, [...clone.values()], gradient, now, wanted, step.all)),
  ];
  return { wanted: wanted.nodes, found };
}

function leafOf(node: Node, sequences: number, step: Step): Node | undefined {
  if (node.op === "given") {
    const { of, index } = (node as Node<"given">).attrs;
    return of === "operand" && index >= sequences ? step.constants[index - sequences] : undefined;
  }
  if (node.op !== "step") return undefined;
  const { of, index } = (node.in[0] as unknown as Node<"given">).attrs;
  return of === "state" ? step.states[index] : step.xs[index];
}

/** Gives every node anew with some of the nodes it was made from replaced. */
function substituted(b: Builder, replacing: ReadonlyMap<Node, Node>): (node: Node) => Node {
  const made = new Map<Node, Node>(replacing);
  for (const node of [...b.nodes]) {
    if (made.has(node)) continue;
    const ins = node.in.map((x) => made.get(x)!);
    if (ins.every((x, k) => x === node.in[k])) made.set(node, node);
    else {
      b.from = node.from;
      const again = b.node(node.op, ins, node.attrs);
      const label = b.labels.get(node);
      if (label) b.label(again, label);
      made.set(node, again);
    }
  }
  return (node) => made.get(node)!;
}

/** Values of the batch are summed over the steps; a weight's gradient is left to products over all steps. */
function constantGradient(
  x: Node,
  forward: readonly Node[],
  gradient: ReadonlyMap<number, Node>,
  now: (node: Node) => Node,
  wanted: Wanted,
  sequences: readonly Node[],
): Found {
  const d = gradient.get(x.id);
  if (!d) return undefined;
  if (x.shape[0] === "n") return { kind: "sum", part: wanted.part(now(d)) };
  const readers = forward.filter((node) => node.in.includes(x));
  const products = readers.flatMap((node): ProductPart[] => {
    const dz = gradient.get(node.id);
    if (!dz) return [];
    if (node.op !== "einsum") throw internal(`a weight inside a scan is read by ${node.op}`);
    const weight = node.in[0] === x ? 0 : 1;
    const other = now(node.in[1 - weight]);
    const sequence = sequences.indexOf(other);
    const operand = sequence >= 0 ? { sequence } : { part: wanted.part(other) };
    return [{ e: node.attrs as Einsum, weight, operand, gradient: wanted.part(now(dz)) }];
  });
  return { kind: "products", products };
}
