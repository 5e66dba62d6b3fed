import type { Graph, Node, Sizes } from "../../ir/graph.ts";
import type { Group } from "../fuse/group.ts";
import { rootOf } from "../fuse/stored.ts";
import type { Index, Stmt } from "../kernels.ts";
import { at, combine, offsetIn, shift, stridesOf, TIME, type Slot } from "../places.ts";
import type { Outside } from "../store.ts";
import { slotOf } from "./contraction.ts";
import { copyBox } from "./move.ts";
import { loopOver, type Site } from "./site.ts";
import { choiceOf, unlessIdle } from "./skip.ts";

/** The kernels of a program inside this one, and what they see. */
export interface Inner {
  readonly bodies: readonly (readonly Stmt[])[];
  readonly site: Site;
}

/** The initial values, then for every step the kernels of its body: each reads and writes the scan's own memory. */
export function scanLoops(group: Group, site: Site, inner: (body: Graph, outside: Outside) => Inner): Stmt[] {
  const node = group.nodes[0] as unknown as Node<"scan">;
  const { carried, steps, body } = node.attrs;
  const parts = partSlots(node, site.slot(node as unknown as Node)!);
  const start = node.in.slice(0, carried).flatMap((x, k) => copyInto(site, x, parts[k].first(x.shape)));
  const ends = [...body.results.values()];
  const places = new Map<Node, Slot>();
  ends.forEach((x, k) => {
    if (!places.has(rootOf(x))) places.set(rootOf(x), parts[k].next(rootOf(x).shape));
  });
  const made = inner(body, {
    given: ({ attrs: { of, index }, shape }) =>
      of === "state" ? parts[index].all(shape) : slotOf(node.in[carried + index], site),
    results: places,
  });
  // one value wanted twice is made once
  const copies = ends.flatMap((x, k) =>
    ends.findIndex((y) => rootOf(y) === rootOf(x)) < k ? copyInto(made.site, x, parts[k].next(x.shape)) : [],
  );
  const step = [...made.bodies.flatMap(block), ...copies];
  const choice = choiceOf(ends);
  const idle = (choice?.known ?? []).flatMap((x, k) => copyInto(made.site, x, parts[k].next(x.shape)));
  const once = choice ? unlessIdle(choice, made.site, step, idle) : step;
  return [...start, ...loopOver(TIME, 0, steps, 1, once)];
}

/** Locals of one kernel are not those of the next. */
export const block = (stmts: readonly Stmt[], k: number): readonly Stmt[] =>
  stmts.some((s) => s.kind === "let") ? loopOver(`block${k}`, 0, 1, 1, stmts) : stmts;

/** Where one part lies in a scan's memory: at all times, before the first step, after the current one. */
interface PartSlots {
  all(shape: Sizes): Slot;
  first(shape: Sizes): Slot;
  next(shape: Sizes): Slot;
}

function partSlots({ attrs }: Node<"scan">, own: Slot): PartSlots[] {
  const [batch, time] = own.strides;
  return attrs.widths.map((_, k) => {
    const first = attrs.widths.slice(0, k).reduce((sum, w) => sum + w, 0);
    const base = shift(own.base, first);
    const row = (from: Index, shape: Sizes): Slot => ({
      buffer: own.buffer,
      base: from,
      strides: [batch, ...stridesOf(shape).slice(1)],
    });
    const next = combine([
      { index: base, stride: 1 },
      { index: at(TIME, 1, 1), stride: time },
    ]);
    return {
      all: (shape) => ({ buffer: own.buffer, base, strides: [batch, time, ...stridesOf(shape).slice(2)] }),
      first: (shape) => row(base, shape),
      next: (shape) => row(next, shape),
    };
  });
}

const copyInto = (site: Site, from: Node, to: Slot): Stmt[] =>
  copyBox(site, from, from.shape, to.buffer, (place) => offsetIn(to, from.shape, place));
