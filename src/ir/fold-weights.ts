import type { Einsum, Graph, Node, OpAttrs } from "./graph.ts";
import { opOf } from "./ops.ts";
import { simplify } from "./simplify.ts";
import { constant, type Rewriter, type Rule } from "./simplify-rules.ts";

/*
 * For programs that leave the weights as they are: what is computed from weights alone need not be computed for every
 * call. Scales and shifts that follow a product (BatchNormalization, after a convolution or a dense layer) move into
 * its weights.
 */

const NONE = {} as OpAttrs["add"];
const SOURCES: ReadonlySet<string> = new Set(["variable", "const"]);

/** Whether a node depends on weights and numbers alone; `answers` remembers. */
export function isWeightOnly(node: Node, answers: Map<Node, boolean>): boolean {
  const known = answers.get(node);
  if (known !== undefined) return known;
  // a value for every row of a batch is none that could be kept
  const answer = node.shape.includes("n")
    ? false
    : SOURCES.has(node.op)
      ? node.op === "const" || ["weight", "constant"].includes((node as Node<"variable">).attrs.variable.kind)
      : node.in.length > 0 && node.op !== "scan" && node.in.every((x) => isWeightOnly(x, answers));
  answers.set(node, answer);
  return answer;
}

/** The nodes that are computed once after weights have changed: from weights alone, more than another view of them, and the numbers that those read from memory. */
export function preparedNodes(graph: Graph): ReadonlySet<Node> {
  const answers = new Map<Node, boolean>();
  const computes = (node: Node): boolean =>
    opOf(node).found === undefined && !opOf(node).view && node.op !== "reshape";
  const fromWeights = new Map<Node, boolean>();
  const has = (node: Node): boolean => {
    const known = fromWeights.get(node) ?? (node.op === "variable" || node.in.some(has));
    fromWeights.set(node, known);
    return known;
  };
  const prepared = new Set(
    graph.nodes.filter((node) => computes(node) && isWeightOnly(node, answers) && has(node)),
  );
  for (const node of [...graph.nodes].reverse())
    if (prepared.has(node))
      for (const x of node.in.map(shown))
        if (computes(x) || (x.op === "const" && opOf(node).kernel)) prepared.add(x);
  return prepared;
}

/** What a view shows. */
const shown = (node: Node): Node => (opOf(node).view || node.op === "reshape" ? shown(node.in[0]) : node);

/** The same program with scales and shifts inside the weights of the products they follow. */
export function foldWeights(graph: Graph): Graph {
  const answers = new Map<Node, boolean>();
  const fixed = (node: Node): boolean => isWeightOnly(node, answers);
  return simplify(graph, [scaledProduct(fixed), scaledSum(fixed), sumOfSums(fixed)]);
}

type IsFixed = (node: Node) => boolean;

/** (x · W) · s = x · (W · s), where s varies along letters of W only. */
const scaledProduct = (fixed: IsFixed): Rule => ({
  name: "scale of a product = product with scaled weights",
  op: ["mul", "div"],
  apply(node, r) {
    const [first, second] = node.in;
    const [e, s] = first.op === "einsum" || node.op === "div" ? [first, second] : [second, first];
    if (e.op !== "einsum" || !fixed(s) || fixed(e) || r.readers(e) > 1 || constant(s) !== undefined)
      return undefined;
    const attrs = e.attrs as Einsum;
    const at = e.in.findIndex(fixed);
    if (at < 0) return undefined;
    const scale = arranged(s, attrs.out, at === 0 ? attrs.a : attrs.b, e.in[at], r);
    if (!scale) return undefined;
    const weights = r.make(node.op, [e.in[at], scale], NONE);
    return r.make("einsum", at === 0 ? [weights, e.in[1]] : [e.in[0], weights], attrs);
  },
});

/** A value along some letters of a product's result, as wide as the weights; undefined where they lack one of them. */
function arranged(s: Node, out: string, letters: string, weights: Node, r: Rewriter): Node | undefined {
  const inner = s.op === "expand" ? s.in[0] : s;
  const varying = [...out].filter((_, k) => inner.shape[k] !== 1);
  if (inner.shape.length !== out.length || !varying.every((l) => letters.includes(l))) return undefined;
  const sizes = varying.map((l) => inner.shape[out.indexOf(l)]);
  const order = [...letters].filter((l) => varying.includes(l));
  const bare = r.make("reshape", [inner], { shape: sizes });
  const turned = r.make("permute", [bare], { perm: order.map((l) => varying.indexOf(l)) });
  const shape = [...letters].map((l) => (varying.includes(l) ? sizes[varying.indexOf(l)] : 1));
  return r.make("expand", [r.make("reshape", [turned], { shape })], { shape: weights.shape });
}

/** (x + c) · s = x · s + c · s, where a product stands below. */
const scaledSum = (fixed: IsFixed): Rule => ({
  name: "scale of a shifted product",
  op: ["mul", "div"],
  apply(node, r) {
    const [sum, s] = fixed(node.in[1]) || node.op === "div" ? node.in : [node.in[1], node.in[0]];
    if ((sum.op !== "add" && sum.op !== "sub") || !fixed(s) || r.readers(sum) > 1) return undefined;
    const [x, c] = sum.op === "sub" || fixed(sum.in[1]) ? sum.in : [sum.in[1], sum.in[0]];
    if (x.op !== "einsum" || fixed(x) || !fixed(c)) return undefined;
    return r.make(sum.op, [r.make(node.op, [x, s], NONE), r.make(node.op, [c, s], NONE)], NONE);
  },
});

/** (x + c) + d = x + (c + d) */
const sumOfSums = (fixed: IsFixed): Rule => ({
  name: "shift of a shift",
  op: ["add", "sub"],
  apply(node, r) {
    const [sum, d] = node.op === "sub" || fixed(node.in[1]) ? node.in : [node.in[1], node.in[0]];
    if ((sum.op !== "add" && sum.op !== "sub") || !fixed(d) || r.readers(sum) > 1) return undefined;
    const [x, c] = sum.op === "sub" || fixed(sum.in[1]) ? sum.in : [sum.in[1], sum.in[0]];
    if (fixed(x) || !fixed(c)) return undefined;
    const both = sum.op === node.op ? r.make("add", [c, d], NONE) : r.make("sub", [c, d], NONE);
    // x + c ± d = x + (c ± d); x − c ± d = x − (c ∓ d)
    return r.make(sum.op, [x, both], NONE);
  },
});
