import type { Node } from "./graph.ts";
import type { Rewriter } from "./simplify-rules.ts";

/** What one operand of a sum adds to: `x` from `from` on along an axis of so many elements, 0 elsewhere. */
interface Part {
  readonly x: Node;
  readonly axis: number;
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/**
 * A sum of values that stand side by side in zeros is one value put together from them. Gradients of slices are such
 * sums: those of the gates of a recurrent layer, of a split.
 */
export function sumOfParts(node: Node<"add">, r: Rewriter): Node | undefined {
  const parts = node.in.flatMap((x) => operands(x, r)).map(partOf);
  if (!parts.every((part) => part !== undefined)) return undefined;
  const [{ axis, size }] = parts;
  const sorted = parts.toSorted((a, b) => a.from - b.from);
  const inLine = sorted.every(
    (part, k) => part.axis === axis && part.from === (sorted[k - 1]?.to ?? part.from),
  );
  if (!inLine) return undefined;
  const joined = r.make(
    "concat",
    sorted.flatMap(({ x }) => (isJoined(x) && x.attrs.axis === axis ? x.in : [x])),
    { axis },
  );
  const [before, after] = [sorted[0].from, size - sorted.at(-1)!.to];
  return r.make("pad", [joined], { pads: [{ axis, before, after }], value: 0 });
}

/** What a sum that nothing else reads is made of. */
const operands = (x: Node, r: Rewriter): readonly Node[] =>
  x.op === "add" && r.readers(x) === 1 ? x.in.flatMap((y) => operands(y, r)) : [x];

const isJoined = (x: Node): x is Node & Node<"concat"> => x.op === "concat";

function partOf(node: Node): Part | undefined {
  if (node.op !== "pad") return undefined;
  const { pads, value } = (node as Node<"pad">).attrs;
  const [x] = node.in;
  const [pad] = pads;
  if (pads.length !== 1 || value !== 0) return undefined;
  const size = node.shape[pad.axis] as number;
  return { x, axis: pad.axis, from: pad.before, to: size - pad.after, size };
}
