import type { Builder, Operand } from "../builder.ts";
import { operand } from "../call-arguments.ts";
import type { Node } from "../graph.ts";
import { notEqual } from "../layers/masks.ts";
import { fractional, promoted } from "./dtypes.ts";
import { broadcastShape, nodeOf, NUMPY, operation, truth } from "./operation.ts";
import { power } from "./power.ts";

type Kind = "float" | "same" | "bool";

/** A function of two operands, element by element, as numpy broadcasts. */
function binary(name: string, doc: string, kind: Kind, f: (b: Builder, x: Operand, y: Operand) => Node) {
  const dtype = (types: readonly (string | number)[]): string => {
    if (kind === "bool") return "bool";
    return kind === "float" ? fractional(promoted(types)) : promoted(types);
  };
  return operation({
    name,
    module: NUMPY,
    doc,
    config: {},
    call: { x1: operand, x2: operand },
    dtype: (_c, { x1, x2 }) => dtype([x1, x2]),
    output: (_c, { x1, x2 }, misfit) => broadcastShape([x1, x2], misfit),
    lower: (b, _c, { x1, x2 }) => f(b, x1, x2),
  });
}

/** 1 where `test` is 0. */
const not = (b: Builder, test: Node): Node => b.sub(1, test);
/** 1 where x is y or beyond: NaN is not. */
const atLeast = (b: Builder, x: Operand, y: Operand): Node => b.max(b.greater(x, y), b.equal(x, y));
const floorDivide = (b: Builder, x: Operand, y: Operand): Node => b.floor(b.div(x, y));

function logaddexp(b: Builder, x: Operand, y: Operand): Node {
  const top = b.stop(b.max(x, y));
  return b.add(top, b.log(b.add(b.exp(b.sub(x, top)), b.exp(b.sub(y, top)))));
}

export default [
  binary("Add", "x1 + x2", "same", (b, x, y) => b.add(x, y)),
  binary("Subtract", "x1 − x2", "same", (b, x, y) => b.sub(x, y)),
  binary("Multiply", "x1 · x2", "same", (b, x, y) => b.mul(x, y)),
  binary("Divide", "x1 / x2", "float", (b, x, y) => b.div(x, y)),
  binary("TrueDivide", "x1 / x2", "float", (b, x, y) => b.div(x, y)),
  binary("DivideNoNan", "x1 / x2, 0 where x2 is 0", "float", (b, x, y) => {
    const zero = b.equal(y, 0);
    return b.where(zero, 0, b.div(x, b.where(zero, 1, y)));
  }),
  binary("FloorDivide", "⌊x1 / x2⌋", "same", floorDivide),
  binary("Mod", "x1 − x2 · ⌊x1 / x2⌋", "same", (b, x, y) => b.sub(x, b.mul(y, floorDivide(b, x, y)))),
  binary("Power", "x1 to the power of x2", "same", power),
  binary("Maximum", "the larger", "same", (b, x, y) => b.max(x, y)),
  binary("Minimum", "the lesser", "same", (b, x, y) => b.min(x, y)),
  binary("Logaddexp", "log(exp(x1) + exp(x2))", "float", logaddexp),
  binary("Equal", "x1 = x2", "bool", (b, x, y) => b.equal(x, y)),
  binary("NotEqual", "x1 ≠ x2", "bool", (b, x, y) => notEqual(b, nodeOf(b, x), y)),
  binary("Greater", "x1 > x2", "bool", (b, x, y) => b.greater(x, y)),
  binary("GreaterEqual", "x1 ≥ x2", "bool", (b, x, y) => atLeast(b, x, y)),
  binary("Less", "x1 < x2", "bool", (b, x, y) => b.greater(y, x)),
  binary("LessEqual", "x1 ≤ x2", "bool", (b, x, y) => atLeast(b, y, x)),
  binary("LogicalAnd", "x1 and x2", "bool", (b, x, y) => b.mul(truth(b, x), truth(b, y))),
  binary("LogicalOr", "x1 or x2", "bool", (b, x, y) => b.max(truth(b, x), truth(b, y))),
  binary("LogicalXor", "x1 or x2, not both", "bool", (b, x, y) => not(b, b.equal(truth(b, x), truth(b, y)))),
];
