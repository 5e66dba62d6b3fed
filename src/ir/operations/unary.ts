import type { Builder } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import type { Node } from "../graph.ts";
import { fractional, promoted } from "./dtypes.ts";
import { MATH, nodeOf, NUMPY, operation, shapeOf, truth } from "./operation.ts";
import { truncated } from "./round.ts";
import { sine } from "./trigonometry.ts";

type Kind = "float" | "same" | "bool";
interface More {
  readonly module?: string;
  readonly functions?: readonly string[];
}

/** A function of every element alone. */
function unary(
  name: string,
  doc: string,
  kind: Kind,
  f: (b: Builder, x: Node) => Node,
  { module = NUMPY, functions }: More = {},
) {
  const dtype = (x: string | number): string => {
    if (kind === "bool") return "bool";
    return kind === "float" ? fractional(promoted([x])) : promoted([x]);
  };
  return operation({
    name,
    module,
    doc,
    config: {},
    call: { x: operand },
    ...(functions && { functions }),
    dtype: (_c, { x }) => dtype(x),
    output: (_c, { x }) => shapeOf(x),
    lower: (b, _c, { x }) => f(b, nodeOf(b, x)),
  });
}

const LARGEST = (2 - 2 ** -23) * 2 ** 127;
const scaled =
  (factor: number) =>
  (b: Builder, x: Node): Node =>
    b.mul(x, factor);

/** log(1 + x): the digits of x that 1 + x loses are added again. */
function log1p(b: Builder, x: Node): Node {
  const sum = b.add(1, x);
  return b.add(b.log(sum), b.stop(b.div(b.sub(x, b.sub(sum, 1)), sum)));
}
/** exp(x) − 1: near 0, where the subtraction loses digits, by tanh. */
function expm1(b: Builder, x: Node): Node {
  const rough = b.sub(b.exp(x), 1);
  const half = b.tanh(b.div(b.clip(x, -1, 1), 2));
  const exact = b.div(b.mul(2, half), b.sub(1, half));
  return b.add(rough, b.stop(b.where(b.less(b.abs(x), 0.5), b.sub(exact, rough), 0)));
}
function sinh(b: Builder, x: Node): Node {
  const e = expm1(b, x);
  return b.div(b.add(e, b.div(e, b.add(e, 1))), 2);
}

export default [
  // of files alone: Keras's `abs` makes what stands below, and of two that a function names the last is made
  unary("Abs", "|x|", "same", (b, x) => b.abs(x)),
  unary("Absolute", "|x|", "same", (b, x) => b.abs(x), { functions: ["absolute", "abs"] }),
  unary("Negative", "−x", "same", (b, x) => b.neg(x)),
  unary("Square", "x²", "same", (b, x) => b.square(x)),
  unary("Sqrt", "√x", "float", (b, x) => b.sqrt(x)),
  unary("Rsqrt", "1 / √x", "float", (b, x) => b.div(1, b.sqrt(x)), { module: MATH }),
  unary("Reciprocal", "1 / x", "same", (b, x) => b.div(1, x)),
  unary("Exp", "exp(x)", "float", (b, x) => b.exp(x)),
  unary("Exp2", "2ˣ", "float", (b, x) => b.exp(b.mul(x, Math.LN2))),
  unary("Expm1", "exp(x) − 1", "float", expm1),
  unary("Log", "log x", "float", (b, x) => b.log(x)),
  unary("Log2", "log₂ x", "float", (b, x) => b.div(b.log(x), Math.LN2)),
  unary("Log10", "log₁₀ x", "float", (b, x) => b.div(b.log(x), Math.LN10)),
  unary("Log1p", "log(1 + x)", "float", log1p),
  unary("Sin", "sin x", "float", (b, x) => sine(b, x, 0)),
  unary("Cos", "cos x", "float", (b, x) => sine(b, x, 1)),
  unary("Tan", "sin x / cos x", "float", (b, x) => b.div(sine(b, x, 0), sine(b, x, 1))),
  unary("Sinh", "(exp(x) − exp(−x)) / 2", "float", sinh),
  unary("Cosh", "(exp(x) + exp(−x)) / 2", "float", (b, x) => b.div(b.add(b.exp(x), b.exp(b.neg(x))), 2)),
  unary("Tanh", "tanh x", "float", (b, x) => b.tanh(x), { functions: ["tanh"] }),
  unary("Erf", "the error function", "float", (b, x) => b.erf(x), { module: MATH }),
  unary("Sign", "1, 0 or −1", "same", (b, x) => b.sub(b.greater(x, 0), b.greater(0, x))),
  unary("Floor", "the largest whole number up to x", "float", (b, x) => b.floor(x)),
  unary("Ceil", "the least whole number from x on", "float", (b, x) => b.neg(b.floor(b.neg(x)))),
  unary("Trunc", "x without its fraction", "same", truncated),
  unary("Deg2rad", "x · π / 180", "float", scaled(Math.PI / 180)),
  unary("Rad2deg", "x · 180 / π", "float", scaled(180 / Math.PI)),
  unary("Isnan", "x is no number", "bool", (b, x) => b.sub(1, b.equal(x, x))),
  unary("Isinf", "x is infinite", "bool", (b, x) => b.greater(b.abs(x), LARGEST)),
  unary("Isfinite", "x is a finite number", "bool", (b, x) => b.sub(1, b.greater(b.abs(x), LARGEST))),
  unary("LogicalNot", "x = 0", "bool", (b, x) => b.sub(1, truth(b, x))),
  unary("Copy", "x", "same", (_b, x) => x),
];
