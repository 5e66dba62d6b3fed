import type { Graph, Node } from "../../ir/graph.ts";
import type { Group } from "../fuse/group.ts";
import { regionBody } from "../fuse/region-body.ts";
import type { Region } from "../fuse/regions.ts";
import type { Stmt } from "../kernels.ts";
import { at, combine, outerLoop, type Slot } from "../places.ts";
import type { Outside } from "../store.ts";
import { slotOf } from "./contraction.ts";
import { block, type Inner } from "./scan.ts";
import { extentOf, loopOver, type Site } from "./site.ts";

/** For every place of the outer axes the kernels of a body; what only they read lies in memory that the next place uses again. */
export function regionLoops(
  group: Group,
  site: Site,
  labels: Graph["labels"],
  inner: (body: Graph, outside: Outside) => Inner,
): Stmt[] {
  const region = group.region!;
  const body = regionBody(region, labels);
  const { bodies } = inner(body.graph, {
    given: ({ attrs }) => {
      const x = region.inputs[attrs.index];
      return atPlace(region, x, slotOf(x, site));
    },
    results: new Map(
      region.outputs.map((node) => [body.made.get(node)!, atPlace(region, node, site.slot(node)!)] as const),
    ),
  });
  return region.sizes.reduceRight<Stmt[]>(
    (stmts, size, k) => loopOver(outerLoop(k), 0, extentOf(size), 1, stmts),
    bodies.flatMap(block),
  );
}

/** The part of a value that belongs to one place. */
function atPlace({ axes }: Region, node: Node, slot: Slot): Slot {
  const moves = axes
    .get(node)!
    .flatMap((axis, k) =>
      node.shape[axis] === 1 ? [] : [{ index: at(outerLoop(k)), stride: slot.strides[axis] }],
    );
  return { ...slot, base: combine([{ index: slot.base, stride: 1 }, ...moves]) };
}
