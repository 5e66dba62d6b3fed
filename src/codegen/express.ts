import { internal } from "../diagnostics.ts";
import type { Node } from "../ir/graph.ts";
import { opOf } from "../ir/ops.ts";
import type { BinaryOp, Buffer, Expr, Index, UnaryOp } from "./kernels.ts";
import { isView, offsetIn, strideOf, through, type Place, type Slot } from "./places.ts";

/** What an expression can reach: values at hand, and memory. */
export interface Scope {
  /** A value computed just before, at this place. */
  local(node: Node, place: Place): Expr | undefined;
  /** Where a stored node lies. */
  slot(node: Node): Slot | undefined;
  /** The loop along which the four lanes run; undefined: one element at a time. */
  readonly lane?: string;
}

function load(buffer: Buffer, index: Index, lane: string | undefined): Expr {
  const stride = lane === undefined ? 0 : strideOf(index, lane);
  if (stride > 1 || stride < 0) throw internal(`${buffer.name} is not contiguous along its lanes`);
  return { kind: "load", how: stride === 1 ? "vector" : "splat", buffer, at: index };
}

/** The value of a node at a place: elementwise nodes and views become one expression down to memory. */
export function express(node: Node, place: Place, scope: Scope): Expr {
  const known = scope.local(node, place);
  if (known) return known;
  // a number is known everywhere, also before the kernel that keeps it in memory has run
  if (node.op === "const") return { kind: "const", value: (node as Node<"const">).attrs.value };
  const slot = scope.slot(node);
  if (slot) return load(slot.buffer, offsetIn(slot, node.shape, place), scope.lane);
  if (isView(node)) return express(node.in[0], through(node, place), scope);
  const parts = (): Expr[] => node.in.map((x) => express(x, place, scope));
  switch (node.op) {
    case "batch":
      return { kind: "batch" };
    case "iota": {
      const vector = scope.lane !== undefined && strideOf(place[0], scope.lane) === 1;
      return { kind: "index", how: vector ? "vector" : "splat", at: place[0] };
    }
    case "where": {
      const [test, yes, no] = parts();
      return { kind: "where", test, yes, no };
    }
    default: {
      if (!opOf(node).elementwise)
        throw internal(`no kernel for ${node.op} of ${node.from.layer || "the model"}`);
      const [x, y] = parts();
      return y
        ? { kind: "binary", op: node.op as BinaryOp, x, y }
        : { kind: "unary", op: node.op as UnaryOp, x };
    }
  }
}

/**
 * Every stored or local node that the value of `node` at `place` is made from, with the place it is read at.
 * For a fold, `place` is one of its operand.
 */
export interface Access {
  readonly node: Node;
  readonly place: Place;
}
export function accesses(node: Node, place: Place, isLeaf: (node: Node) => boolean): Access[] {
  const found: Access[] = [];
  const visit = (x: Node, where: Place, leaf: boolean): void => {
    if (leaf || x.op === "iota") found.push({ node: x, place: where });
    else if (isView(x)) reach(x.in[0], through(x, where));
    else if (opOf(x).elementwise) x.in.forEach((y) => reach(y, where));
  };
  const reach = (x: Node, where: Place): void => visit(x, where, isLeaf(x));
  if (opOf(node).reduces) reach(node.in[0], place);
  else visit(node, place, false);
  return found;
}
