import type { Builder } from "../../builder.ts";
import { flag } from "../../fields.ts";
import { type DataFormat, dataFormat } from "../../fields/data-format.ts";
import type { Node } from "../../graph.ts";
import type { Misfit } from "../../layer.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { spatialAxes } from "./windows.ts";

/** Options of pooling over all there is. */
export const globalFields = { data_format: dataFormat(), keepdims: flag(false, { keras2_terse: true }) };

interface Global {
  readonly data_format: DataFormat;
  readonly keepdims: boolean;
}

/** The shape with its spatial axes as 1, or without them. */
export function wholeShape(c: Global, rank: number, x: Shape, misfit: Misfit): Shape {
  if (x.length !== rank + 2) misfit(`${rank + 2} dimensions, the batch first`, `shape ${formatShape(x)}`);
  return whole(c, rank, x);
}
/** Folds the spatial axes. */
export function foldAll(
  b: Builder,
  c: Global,
  x: Node,
  by: (x: Node, axes: readonly number[]) => Node,
): Node {
  const rank = x.shape.length - 2;
  return b.reshape(by(x, spatialAxes(c.data_format, rank)), whole(c, rank, x.shape));
}

function whole<D>(c: Global, rank: number, x: readonly D[]): (D | 1)[] {
  const axes = spatialAxes(c.data_format, rank);
  return x.flatMap((d, k): (D | 1)[] => (!axes.includes(k) ? [d] : c.keepdims ? [1] : []));
}
