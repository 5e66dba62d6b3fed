import type { Builder, Operand } from "../builder.ts";
import type { Node } from "../graph.ts";
import { nodeOf } from "./operation.ts";

/** Exponents up to which powers are products. */
const LARGEST = 64;

/** xʸ. */
export function power(b: Builder, x: Operand, y: Operand): Node {
  const exponent =
    typeof y === "number" ? y : y.op === "const" ? (y as Node<"const">).attrs.value : undefined;
  if (exponent === undefined) return general(b, nodeOf(b, x), nodeOf(b, y));
  const base = nodeOf(b, x);
  if (exponent === 0.5) return b.sqrt(base);
  if (exponent === 1) return base;
  if (exponent === 2) return b.square(base);
  if (Number.isInteger(exponent) && Math.abs(exponent) <= LARGEST) return b.powi(base, exponent);
  return general(b, base, b.const(exponent));
}

/** exp(y · log |x|), the sign and what is not a number put right. */
function general(b: Builder, x: Node, y: Node): Node {
  const size = b.exp(b.mul(y, b.log(b.abs(x))));
  const whole = b.equal(y, b.floor(y));
  const odd = b.sub(y, b.mul(2, b.floor(b.div(y, 2))));
  const signed = b.where(whole, b.where(odd, b.neg(size), size), NaN);
  return b.where(b.equal(b.mul(y, b.equal(y, y)), 0), 1, b.where(b.greater(0, x), signed, size));
}
