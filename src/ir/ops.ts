import type { Node, OpAttrs, OpName } from "./graph.ts";
import { elementwise } from "./ops/elementwise.ts";
import { folds } from "./ops/folds.ts";
import { moves } from "./ops/moves.ts";
import type { Op } from "./ops/op.ts";
import { scans } from "./ops/scan.ts";
import { sources } from "./ops/sources.ts";
import { views } from "./ops/views.ts";

export { erf } from "./erf.ts";
export { type Context, type Inside, type Op, strides, type Value } from "./ops/op.ts";

/** Every primitive. */
export const ops: { readonly [O in OpName]: Op<OpAttrs[O]> } = {
  ...sources,
  ...elementwise,
  ...folds,
  ...views,
  ...moves,
  ...scans,
};

/** The table entry of a node, its attributes' type forgotten. */
export const opOf = (node: Node): Op<unknown> => ops[node.op] as Op<unknown>;
