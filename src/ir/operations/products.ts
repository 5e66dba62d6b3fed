import { operand, operands } from "../call-arguments.ts";
import { type Field, type Fields, flag, type Optional, text } from "../fields.ts";
import type { Misfit } from "../layer.ts";
import { axisOf, type Shape } from "../tensor.ts";
import { contract, contractedShape, type Terms, termsOf } from "./einsum-terms.ts";
import { nodeOf, NUMPY, operation, shapeOf } from "./operation.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const rankOf = (x: { readonly length: number }): number => x.length;

/** A product of two operands; `terms` says by their ranks what is summed. */
function product<const F extends Fields>(
  name: string,
  doc: string,
  config: F,
  terms: (x: number, y: number, c: Readonly<Record<string, unknown>>, misfit: Misfit) => Terms,
) {
  const never: Misfit = (expected) => {
    throw new RangeError(expected);
  };
  return operation({
    name,
    module: NUMPY,
    doc,
    config,
    call: { x1: operand, x2: operand },
    output(c, { x1, x2 }, misfit) {
      const [x, y] = [shapeOf(x1), shapeOf(x2)];
      return contractedShape(terms(rankOf(x), rankOf(y), c, misfit), [x, y], misfit);
    },
    lower(b, c, { x1, x2 }) {
      const [x, y] = [nodeOf(b, x1), nodeOf(b, x2)];
      return contract(b, terms(rankOf(x.shape), rankOf(y.shape), c, never), [x, y]);
    },
  });
}

/** Only TensorFlow has these two, and Keras 3 no word for them. */
const turned: Optional<boolean> = {
  ...flag(false),
  terse: true,
  unwritable: (value) =>
    value ? "a transposition, which Keras 3 says by an operation of its own" : undefined,
};
interface Turns {
  readonly transpose_a?: unknown;
  readonly transpose_b?: unknown;
}
/** Matrix products of the last two axes, those before them alike or broadcast. */
function matmul(x: number, y: number, c: Turns, misfit: Misfit): Terms {
  if (x === 0 || y === 0) misfit("operands with axes", `ranks ${x} and ${y}`);
  const [rows, columns] = [x > 1 ? "y" : "", y > 1 ? "z" : ""];
  const [before, behind] = [Math.max(0, x - 2), Math.max(0, y - 2)];
  const most = Math.max(before, behind);
  const letters = (count: number): string => LETTERS.slice(most - count, most);
  const [left, right] = [
    c.transpose_a && x > 1 ? "xy" : `${rows}x`,
    c.transpose_b && y > 1 ? "zx" : `x${columns}`,
  ];
  return {
    ins: [`${letters(before)}${left}`, `${letters(behind)}${right}`],
    out: `${letters(most)}${rows}${columns}`,
    spread: letters(most),
  };
}

/** The last axis of x with the last but one of y. */
function dot(x: number, y: number): Terms {
  if (x === 0 || y === 0)
    return {
      ins: [LETTERS.slice(0, x), LETTERS.slice(0, y)],
      out: LETTERS.slice(0, Math.max(x, y)),
      spread: "",
    };
  return tensordotTerms(x, y, [[x - 1], [Math.max(0, y - 2)]]);
}

function tensordotTerms(
  x: number,
  y: number,
  [along, with_]: readonly [readonly number[], readonly number[]],
): Terms {
  const a = LETTERS.slice(0, x);
  const b = [...LETTERS.slice(x, x + y)];
  with_.forEach((axis, k) => (b[axisOf(axis, y)] = a[axisOf(along[k], x)]));
  const shared = new Set(along.map((axis) => a[axisOf(axis, x)]));
  const out = [...a, ...b].filter((letter) => !shared.has(letter));
  return { ins: [a, b.join("")], out: out.join(""), spread: "" };
}

type Axes = number | readonly [number | readonly number[], number | readonly number[]];
function tensordot(x: number, y: number, c: Readonly<Record<string, unknown>>, misfit: Misfit): Terms {
  const axes = c.axes as Axes;
  const [along, with_] =
    typeof axes === "number"
      ? [Array.from({ length: axes }, (_, k) => x - axes + k), Array.from({ length: axes }, (_, k) => k)]
      : [[axes[0]].flat(), [axes[1]].flat()];
  const fits = (list: readonly number[], rank: number): boolean => list.every((k) => k >= -rank && k < rank);
  if (along.length !== with_.length || !fits(along, x) || !fits(with_, y))
    misfit("axes of both operands", JSON.stringify(axes));
  return tensordotTerms(x, y, [along, with_]);
}
const axesField: Field<unknown> & { readonly default: number } = {
  schema: {
    anyOf: [
      { type: "integer", minimum: 0 },
      { type: "array", minItems: 2, maxItems: 2 },
    ],
    description: "a number of axes, or two lists of axes",
  },
  default: 2,
};

const ranks = (shapes: readonly Shape[]): number[] => shapes.map(rankOf);
const refuse: Misfit = (expected) => {
  throw new RangeError(expected);
};

export default [
  product(
    "Matmul",
    "x1 · x2, matrices in the last two axes",
    { transpose_a: turned, transpose_b: turned },
    matmul,
  ),
  product("Dot", "Σ of the last axis of x1 · the last but one of x2", {}, dot),
  product("Tensordot", "Σ x1 · x2 along axes", { axes: axesField }, tensordot),
  operation({
    name: "Einsum",
    module: NUMPY,
    doc: "Σ of products, axes named by letters",
    config: { subscripts: text() },
    call: { operands: { ...operands, variadic: true } },
    arguments: ["subscripts", "operands"],
    output(c, { operands }, misfit) {
      const shapes = operands.map(shapeOf);
      return contractedShape(termsOf(c.subscripts, ranks(shapes), misfit), shapes, misfit);
    },
    says(c, { operands }, misfit) {
      const shapes = operands.map(shapeOf);
      const terms = termsOf(c.subscripts, ranks(shapes), misfit);
      const loose = { ...terms, spread: terms.ins.join("") };
      return contractedShape(loose, shapes, misfit, (letter) => terms.out.includes(letter));
    },
    lower(b, c, { operands }) {
      const nodes = operands.map((x) => nodeOf(b, x));
      return contract(
        b,
        termsOf(
          c.subscripts,
          nodes.map((x) => rankOf(x.shape)),
          refuse,
        ),
        nodes,
      );
    },
  }),
];
