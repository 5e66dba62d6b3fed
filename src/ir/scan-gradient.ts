import { internal } from "../diagnostics.ts";
import { backpropagate } from "./autodiff.ts";
import type { Builder } from "./builder.ts";
import { cloned } from "./clone.ts";
import type { Einsum, Node, OpAttrs, Sizes } from "./graph.ts";
import { partName, widthOf } from "./ops/scan.ts";
import { scan, scanned, type Scanned } from "./scan.ts";

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
  const { carried, sequences, widths } = attrs;
  const reading = backwards(b, dy, ins, y, attrs);
  let found: Found[] = [];
  let shapes: Sizes[] = [];
  const reverse = scan(b, {
    initial: widths.slice(0, carried).map((w) => zeros(b, [y.shape[0], w])),
    sequences: reading,
    constants: ins.slice(carried + sequences),
    step: (inner, d, all, constants) => {
      const step = reverseStep(inner, attrs, { ...stepOf(all, attrs), constants, d });
      found = step.found;
      shapes = step.wanted.map((x) => x.shape);
      return step.wanted.map((x) => inner.reshape(x, [x.shape[0], widthOf(x.shape)]));
    },
  });
  const results: Reversed = { b, reverse, shapes, reading, steps: attrs.steps };
  const initial = Array.from({ length: carried }, (_, k) => reverse.last(k));
  return [...initial, ...found.map((f, k) => gradientOf(f, ins[carried + k], results))];
}

const zeros = (b: Builder, shape: Sizes): Node =>
  b.expand(
    b.reshape(
      b.const(0),
      shape.map(() => 1),
    ),
    shape,
  );

/** What the reverse loop reads, last step first: states before, parts after, the gradients of parts, the sequences. */
function backwards(b: Builder, dy: Node, ins: readonly Node[], y: Node, attrs: OpAttrs["scan"]): Node[] {
  const { carried, sequences, widths } = attrs;
  const [forward, upstream] = [scanned(b, y, attrs), scanned(b, dy, attrs)];
  return [
    ...widths.slice(0, carried).map((_, k) => forward.before(k)),
    ...widths.map((_, k) => forward.all(k)),
    ...widths.map((_, k) => upstream.all(k)),
    ...ins.slice(carried, carried + sequences),
  ].map((x) => b.flip(x, 1));
}

/** One step of these, by what they are. */
function stepOf(all: readonly Node[], { carried, sequences, widths }: OpAttrs["scan"]) {
  let next = 0;
  const take = (count: number): readonly Node[] => all.slice(next, (next += count));
  const [states, parts, upstream] = [take(carried), take(widths.length), take(widths.length)];
  return { all, states, parts, upstream, xs: take(sequences) };
}

/** The reverse loop, run. */
interface Reversed {
  readonly b: Builder;
  readonly reverse: Scanned;
  /** Shapes of its parts before they were made flat. */
  readonly shapes: readonly Sizes[];
  readonly reading: readonly Node[];
  readonly steps: number;
}

function gradientOf(f: Found, x: Node, { b, reverse, shapes, reading, steps }: Reversed): Node | undefined {
  const sequence = (part: number): Node => {
    const shape = shapes[part];
    return b.flip(b.reshape(reverse.all(part), [shape[0], steps, ...shape.slice(1)]), 1);
  };
  if (!f) return undefined;
  if (f.kind === "sequence") return sequence(f.part);
  if (f.kind === "sum") return b.reshape(b.sum(sequence(f.part), [1]), x.shape);
  const operand = (o: ProductPart["operand"]): Node =>
    "part" in o ? sequence(o.part) : b.flip(reading[o.sequence], 1);
  const products = f.products.map((p) => weightGradient(b, p, operand(p.operand), sequence(p.gradient)));
  return products.length ? products.reduce((p, q) => b.add(p, q)) : undefined;
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
  const dStates = step.states.map((x) => {
    const d = gradient.get(x.id);
    return d ? now(d) : zeros(inner, x.shape);
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
