import type { Node, Sizes } from "../../ir/graph.ts";

/** A box of the result of `concat` or `pad`: copied from a node of the box's shape, or filled with a number. */
export interface Part {
  readonly from: Node | number;
  readonly start: readonly number[];
  readonly shape: Sizes;
}

/** Everything that `concat` or `pad` is put together from. */
export function partsOf(node: Node): Part[] {
  const parts = node.op === "pad" ? padded(node as Node<"pad">) : joined(node as Node<"concat">);
  return parts.filter(({ shape }) => !shape.includes(0));
}

const replaced = <T>(list: readonly T[], k: number, value: T): T[] =>
  list.map((x, i) => (i === k ? value : x));

function joined(node: Node<"concat">): Part[] {
  const { axis } = node.attrs;
  let next = 0;
  return node.in.map((from) => {
    const start = replaced(new Array<number>(node.shape.length).fill(0), axis, next);
    next += from.shape[axis] as number;
    return { from, start, shape: from.shape };
  });
}

/** The input in the middle; before and after it along each axis, as far as the axes before reach, the border. */
function padded(node: Node<"pad">): Part[] {
  const { pads, value } = node.attrs;
  const [x] = node.in;
  let start = new Array<number>(node.shape.length).fill(0);
  let shape: Sizes = node.shape;
  const borders: Part[] = [];
  for (const { axis, before, after } of pads) {
    const size = x.shape[axis] as number;
    borders.push(
      { from: value, start: replaced(start, axis, 0), shape: replaced(shape, axis, before) },
      { from: value, start: replaced(start, axis, before + size), shape: replaced(shape, axis, after) },
    );
    start = replaced(start, axis, before);
    shape = replaced(shape, axis, size);
  }
  return [...borders, { from: x, start, shape }];
}
