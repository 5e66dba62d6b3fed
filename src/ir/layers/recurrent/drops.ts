import type { Builder } from "../../builder.ts";
import type { Node, Sizes, Variable } from "../../graph.ts";
import { filled } from "../masks.ts";
import { drop } from "../regularization/drop.ts";
import type { CellOptions } from "./options.ts";

/** What inputs and states are multiplied by at every step of a sequence: nothing, one factor, or one a gate. */
export interface Drops {
  readonly inputs: readonly Node[];
  readonly recurrent: readonly Node[];
}

/** Draws as Keras does, which draws outside of training, too. */
export function dropsOf(
  b: Builder,
  c: CellOptions,
  gates: number,
  x: Node,
  seed: Variable | undefined,
): Drops {
  const count = c.recurrent_dropout > 0 || c.implementation === 1 ? gates : 1;
  const factors = (rate: number, shape: Sizes): Node[] => {
    if (rate === 0) return [];
    if (!b.training) return Array.from({ length: count }, () => b.random(seed!, [1])).slice(count);
    const drawn = Array.from({ length: count }, () => drop(b, filled(b, 1, shape), rate, seed));
    // gates ignore a rate of 1
    return rate === 1 && gates > 1 ? [] : drawn;
  };
  const [n, , features] = x.shape;
  const inputs = factors(c.dropout, [n, features]);
  return { inputs, recurrent: factors(c.recurrent_dropout, [n, c.units]) };
}

/** x · kernel + bias for all steps at once, each gate with its own inputs dropped where there are several factors. */
export function inputProducts(
  b: Builder,
  x: Node,
  kernel: Node,
  bias: Node | undefined,
  { inputs }: Drops,
): Node {
  const [n, , features] = x.shape;
  const dropped = inputs.map((factor) => b.mul(x, b.reshape(factor, [n, 1, features])));
  const width = (kernel.shape[1] as number) / Math.max(1, dropped.length);
  const products = dropped.map((xk, k) => b.matmul(xk, b.slice(kernel, 1, k * width, (k + 1) * width)));
  const z = products.length ? b.concat(products, 2) : b.matmul(x, kernel);
  return bias ? b.add(z, bias) : z;
}
