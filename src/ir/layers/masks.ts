import { ModelError } from "../../diagnostics.ts";
import type { Builder, Operand } from "../builder.ts";
import type { Node, Sizes } from "../graph.ts";
import type { NoArguments } from "../call-arguments.ts";
import type { Extra, Mask } from "../layer.ts";

/** 1 where x is another number, else 0. */
export const notEqual = (b: Builder, x: Node, value: Operand): Node => b.sub(1, b.equal(x, value));
/** 1 where both masks are. */
export const both = (b: Builder, x: Mask, y: Mask): Mask => (x && y ? b.mul(x, y) : (x ?? y));
/** One number everywhere. */
export function filled(b: Builder, value: number, shape: Sizes): Node {
  const one = b.reshape(
    b.const(value),
    shape.map(() => 1),
  );
  return b.expand(one, shape);
}
/** A mask with ones put in, so that it broadcasts along axes it does not know. */
export const lifted = (b: Builder, mask: Node, axis: number): Node =>
  b.reshape(mask, [...mask.shape.slice(0, axis), 1, ...mask.shape.slice(axis)]);
/** 1 where any mask is; none where any input came without. */
export function anyMask(b: Builder, masks: readonly Mask[]): Mask {
  return masks.every((mask) => mask !== undefined) ? masks.reduce((x, y) => b.max(x, y)) : undefined;
}
/** The mask of an elementwise merge: Keras 1 and 2 masked a step that any input masks. */
export const mergedMask = (
  b: Builder,
  masks: readonly Mask[],
  { older }: Pick<Extra<NoArguments>, "older">,
): Mask => (older ? masks.reduce((x, y) => both(b, x, y)) : anyMask(b, masks));

/** What Keras 3 puts in the place of a masked score, and Keras 2 adds to it. */
const MASKED = -1e9;

/**
 * The softmax of what a mask leaves. Where it leaves nothing, the sum of Keras 2 still has gradients, what Keras 3 puts
 * there has none; and along several axes Keras 2 rounds to 1 everywhere.
 */
export function maskedSoftmax(
  b: Builder,
  x: Node,
  mask: Node,
  axes: readonly number[],
  { older }: Pick<Extra<NoArguments>, "older">,
): Node {
  if (!older) return b.softmax(b.where(mask, x, MASKED), axes);
  const left = b.add(x, b.mul(b.sub(1, mask), MASKED));
  return axes.length > 1 ? b.exp(b.sub(left, b.logsumexp(left, axes))) : b.softmax(left, axes);
}

/** A mask that must broadcast to what it masks; refused as Keras does where it does not. */
export function maskFits(mask: Node, x: Node): Node {
  const left = x.shape.length - mask.shape.length;
  if (left >= 0 && mask.shape.every((d, k) => d === 1 || d === x.shape[left + k])) return mask;
  throw new ModelError({
    code: "mask-mismatch",
    message: "The mask of a layer's input does not broadcast to it.",
    at: { path: x.from.layer },
    expected: `a mask of shape [${x.shape.join(", ")}], or with sizes of 1`,
    received: `[${mask.shape.join(", ")}]`,
  });
}
