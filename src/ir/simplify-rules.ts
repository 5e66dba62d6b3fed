import type { Node, OpAttrs, OpName, Pad, Size, Sizes } from "./graph.ts";
import { opOf, ops } from "./ops.ts";

/** Makes nodes that are simplified at once and shared with equal ones. */
export interface Rewriter {
  make<O extends OpName>(op: O, ins: readonly Node[], attrs: OpAttrs[O]): Node;
  /** How many nodes of the old program read what this one stands for. */
  readers(node: Node): number;
}

/** A node that has the same value for less, or undefined where the rule does not apply. */
export interface Rule {
  readonly name: string;
  readonly op: readonly OpName[];
  apply(node: Node, r: Rewriter): Node | undefined;
}

const rule = <O extends OpName>(
  name: string,
  op: O | readonly O[],
  apply: (node: Node<O>, r: Rewriter) => Node | undefined,
): Rule => ({ name, op: typeof op === "string" ? [op] : op, apply: apply as unknown as Rule["apply"] });

const equal = (a: Sizes, b: Sizes): boolean => a.length === b.length && a.every((d, k) => d === b[k]);
const is = <O extends OpName>(node: Node, op: O): node is Node & Node<O> => node.op === op;
const NONE = {} as OpAttrs["add"];

/** The number of which every element of a node is a copy, where that is known. */
export function constant(node: Node): number | undefined {
  if (is(node, "const")) return node.attrs.value;
  const moved = ["reshape", "expand", "permute", "slice", "flip", "window", "step"].includes(node.op);
  return moved ? constant(node.in[0]) : undefined;
}
/** Copies of one number. */
function fill(r: Rewriter, value: number, shape: Sizes): Node {
  return spread(r, r.make("const", [], { value: Math.fround(value) }), shape);
}
/** A scalar repeated. */
function spread(r: Rewriter, scalar: Node, shape: Sizes): Node {
  return r.make("expand", [r.make("reshape", [scalar], { shape: shape.map(() => 1) })], { shape });
}
const negative = (r: Rewriter, x: Node): Node => r.make("neg", [x], NONE);

/** x of −x, whether repeated or not. */
function negated(node: Node, r: Rewriter): Node | undefined {
  if (is(node, "neg")) return node.in[0];
  const inner = is(node, "expand") ? node.in[0] : undefined;
  return inner && is(inner, "neg") ? r.make("expand", inner.in, { shape: node.shape }) : undefined;
}

const MODERATE = 2 ** 64;
/** Neither overflow nor underflow is near when numbers are multiplied by this one. */
const moderate = (c: number): boolean => Math.abs(c) < MODERATE && Math.abs(c) > 1 / MODERATE;
const isPowerOfTwo = (c: number): boolean => moderate(c) && Number.isInteger(Math.log2(Math.abs(c)));

const elementwise = (Object.keys(ops) as OpName[]).filter((op) => ops[op].elementwise);

const arithmetic: readonly Rule[] = [
  rule("number + x = x + number", ["add", "mul"], ({ op, in: [x, y] }, r) =>
    constant(x) !== undefined && constant(y) === undefined ? r.make(op, [y, x], NONE) : undefined,
  ),
  rule("x + 0 = x", ["add", "sub"], ({ in: [x, y] }) => (constant(y) === 0 ? x : undefined)),
  rule("0 - x = -x", "sub", ({ in: [x, y] }, r) => (constant(x) === 0 ? negative(r, y) : undefined)),
  rule("x * 1 = x", ["mul", "div"], ({ in: [x, y] }) => (constant(y) === 1 ? x : undefined)),
  rule("x * -1 = -x", ["mul", "div"], ({ in: [x, y] }, r) =>
    constant(y) === -1 ? negative(r, x) : undefined,
  ),
  rule("-(-x) = x", "neg", ({ in: [x] }) => (is(x, "neg") ? x.in[0] : undefined)),
  rule("-(x - y) = y - x", "neg", ({ in: [x] }, r) =>
    is(x, "sub") ? r.make("sub", [x.in[1], x.in[0]], NONE) : undefined,
  ),
  rule("-(x * number) = x * -number", "neg", ({ in: [x] }, r) => {
    const c = is(x, "mul") ? constant(x.in[1]) : undefined;
    return c === undefined ? undefined : r.make("mul", [x.in[0], fill(r, -c, x.shape)], NONE);
  }),
  rule("-x * number = x * -number", "mul", ({ in: [x, y] }, r) => {
    const c = constant(y);
    return c === undefined || !is(x, "neg")
      ? undefined
      : r.make("mul", [x.in[0], fill(r, -c, x.shape)], NONE);
  }),
  rule("-x * y = -(x * y)", ["mul", "div"], ({ op, in: [x, y] }, r) => {
    if (is(x, "neg")) return negative(r, r.make(op, [x.in[0], y], NONE));
    return is(y, "neg") ? negative(r, r.make(op, [x, y.in[0]], NONE)) : undefined;
  }),
  rule("x + -y = x - y", "add", ({ in: [x, y] }, r) => {
    const [minusX, minusY] = [negated(x, r), negated(y, r)];
    return minusY ? r.make("sub", [x, minusY], NONE) : minusX && r.make("sub", [y, minusX], NONE);
  }),
  rule("x + x = x * 2", "add", ({ in: [x, y] }, r) =>
    x === y ? r.make("mul", [x, fill(r, 2, x.shape)], NONE) : undefined,
  ),
  rule("x - -y = x + y", "sub", ({ in: [x, y] }, r) => {
    const minus = negated(y, r);
    return minus && r.make("add", [x, minus], NONE);
  }),
  rule("x / 2^k = x * 2^-k", "div", ({ in: [x, y] }, r) => {
    const c = constant(y);
    return c !== undefined && isPowerOfTwo(c) ? r.make("mul", [x, fill(r, 1 / c, x.shape)], NONE) : undefined;
  }),
  rule("x * a * b = x * (a * b)", "mul", ({ in: [x, y] }, r) => {
    const [a, b] = is(x, "mul") ? [constant(x.in[1]), constant(y)] : [];
    if (a === undefined || b === undefined || ![a, b, a * b].every(moderate)) return undefined;
    return r.make("mul", [x.in[0], fill(r, a * b, x.shape)], NONE);
  }),
  rule("x ^ 1 = x", "powi", ({ in: [x, y] }) => (constant(y) === 1 ? x : undefined)),
  rule("x ^ 2 = x * x", "powi", ({ in: [x, y] }, r) =>
    constant(y) === 2 ? r.make("mul", [x, x], NONE) : undefined,
  ),
  rule("x ^ 0 = 1", "powi", ({ in: [x, y] }, r) => (constant(y) === 0 ? fill(r, 1, x.shape) : undefined)),
  rule("where of a known test", "where", ({ in: [test, yes, no] }) => {
    const c = constant(test);
    return c === undefined ? (yes === no ? yes : undefined) : c !== 0 ? yes : no;
  }),
  rule("an operation on numbers", elementwise, (node, r) => {
    const known = node.in.map(constant);
    if (known.some((c) => c === undefined)) return undefined;
    const ins = known.map((c) => ({ shape: [], data: Float64Array.of(c!) }));
    const context = undefined as never; // elementwise ops ask nothing of it
    return fill(r, opOf(node).eval(ins, node.attrs, [], context)[0], node.shape);
  }),
];

const movement: readonly Rule[] = [
  rule("reshape to the same shape", ["reshape", "expand"], ({ in: [x], shape }) =>
    equal(x.shape, shape) ? x : undefined,
  ),
  rule("reshape of reshape", "reshape", ({ in: [x], attrs }, r) =>
    is(x, "reshape") ? r.make("reshape", x.in, attrs) : undefined,
  ),
  rule("expand of expand", "expand", ({ in: [x], attrs }, r) =>
    is(x, "expand") ? r.make("expand", x.in, attrs) : undefined,
  ),
  rule(
    "a number moved about",
    ["reshape", "permute", "slice", "flip", "window", "step"],
    ({ in: [x], shape }, r) => {
      const c = is(x, "const") ? undefined : constant(x);
      return c === undefined ? undefined : fill(r, c, shape);
    },
  ),
  rule("permute to the same order", "permute", ({ in: [x], attrs }) =>
    attrs.perm.every((p, k) => p === k) ? x : undefined,
  ),
  rule("permute of permute", "permute", ({ in: [x], attrs }, r) =>
    is(x, "permute") ? r.make("permute", x.in, { perm: attrs.perm.map((p) => x.attrs.perm[p]) }) : undefined,
  ),
  rule("slice of everything", "slice", ({ in: [x], shape }) => (equal(x.shape, shape) ? x : undefined)),
  rule("slice of slice", "slice", ({ in: [x], attrs: { axis, start, stop } }, r) =>
    is(x, "slice") && x.attrs.axis === axis
      ? r.make("slice", x.in, { axis, start: x.attrs.start + start, stop: x.attrs.start + stop })
      : undefined,
  ),
  rule("slice of pad = pad of slice", "slice", slicedPad),
  rule("flip of flip = x", "flip", ({ in: [x], attrs }) =>
    is(x, "flip") && x.attrs.axis === attrs.axis ? x.in[0] : undefined,
  ),
  rule("pad by nothing", "pad", ({ in: [x], shape }) => (equal(x.shape, shape) ? x : undefined)),
  rule("pad with the number it is made of", "pad", ({ in: [x], attrs, shape }, r) =>
    Object.is(constant(x), attrs.value) ? fill(r, attrs.value, shape) : undefined,
  ),
  rule("pad + pad beside it = concat", "add", paddedBeside),
  rule("concat of one", "concat", ({ in: parts }) => (parts.length === 1 ? parts[0] : undefined)),
  rule("an operation on repeated values", elementwise, repeatedOperation),
];

/** What the slice shows of the input stays; of the border as much as it shows. */
function slicedPad({ in: [x], attrs, shape }: Node<"slice">, r: Rewriter): Node | undefined {
  if (!is(x, "pad")) return undefined;
  const { axis, start, stop } = attrs;
  const others = x.attrs.pads.filter((p) => p.axis !== axis);
  const { before, after } = x.attrs.pads.find((p) => p.axis === axis) ?? { before: 0, after: 0 };
  const size = (x.shape[axis] as number) - before - after;
  const [from, to] = [Math.max(start, before), Math.min(stop, before + size)];
  if (from >= to) return fill(r, x.attrs.value, shape);
  const inner = r.make("slice", x.in, { axis, start: from - before, stop: to - before });
  const pads = [...others, { axis, before: from - start, after: stop - to }];
  return r.make("pad", [inner], { ...x.attrs, pads: pads.filter((p) => p.before + p.after > 0) });
}

/** What two slices of one value leave of its gradient: zeros beside the one are the place of the other. */
function paddedBeside({ in: [x, y] }: Node, r: Rewriter): Node | undefined {
  const both = beside(x, y, r);
  if (both) return both;
  for (const [sum, z] of [
    [x, y],
    [y, x],
  ]) {
    if (!is(sum, "add") || !onlyPad(z)) continue;
    const [first, second] = sum.in;
    const one = beside(first, z, r);
    if (one) return r.make("add", [one, second], NONE);
    const other = beside(second, z, r);
    if (other) return r.make("add", [first, other], NONE);
  }
  return undefined;
}
function beside(x: Node, y: Node, r: Rewriter): Node | undefined {
  const [p, q] = [onlyPad(x), onlyPad(y)];
  if (!p || !q || p.axis !== q.axis) return undefined;
  const { axis } = p;
  const [first, second] = p.before < q.before ? [p, q] : [q, p];
  if ((x.shape[axis] as number) - first.after !== second.before) return undefined;
  const parts = [first, second].flatMap(({ of }) =>
    is(of, "concat") && of.attrs.axis === axis ? of.in : [of],
  );
  const pads = [{ axis, before: first.before, after: second.after }];
  return r.make("pad", [r.make("concat", parts, { axis })], { pads, value: 0 });
}
/** Zeros along one axis, and what stands between them. */
function onlyPad(node: Node): (Pad & { readonly of: Node }) | undefined {
  if (!is(node, "pad") || node.attrs.pads.length !== 1 || node.attrs.value !== 0) return undefined;
  return { ...node.attrs.pads[0], of: node.in[0] };
}

/** f(expand x, expand y) = expand f(x, y): computed once, then repeated. */
function repeatedOperation(node: Node, r: Rewriter): Node | undefined {
  const sources = node.in.flatMap((x) =>
    constant(x) !== undefined ? [] : is(x, "expand") ? [x.in[0]] : [undefined],
  );
  const [first] = sources;
  if (!first || !sources.every((x) => x && equal(x.shape, first.shape))) return undefined;
  const ins = node.in.map((x) => {
    const c = constant(x);
    return c === undefined ? x.in[0] : fill(r, c, first.shape);
  });
  return r.make("expand", [r.make(node.op, ins, node.attrs)], { shape: node.shape });
}

const contraction: readonly Rule[] = [
  rule("sum over axes of size 1", ["sum", "max_of"], ({ op, in: [x], attrs }, r) => {
    const axes = attrs.axes.filter((k) => x.shape[k] !== 1);
    if (axes.length === attrs.axes.length) return undefined;
    return axes.length ? r.make(op, [x], { axes }) : x;
  }),
  rule("sum of sum", "sum", ({ in: [x], attrs }, r) =>
    is(x, "sum")
      ? r.make("sum", x.in, { axes: [...new Set([...x.attrs.axes, ...attrs.axes])].sort((a, b) => a - b) })
      : undefined,
  ),
  rule("sum of -x = -(sum of x)", "sum", ({ in: [x], attrs }, r) =>
    is(x, "neg") ? negative(r, r.make("sum", x.in, attrs)) : undefined,
  ),
  rule("sum of repeated values", "sum", sumOfRepeated),
  rule("(t ? 0 : g) * c * (x > 0) = g * c * (y > 0), where y = t ? 0 : x * c", "mul", throughDropped),
  rule("(g / s - sum of g * y / s) * e, where y = e / s, = (g - sum of g * y) * y", "mul", throughShares),
  rule("product of permuted operands", "einsum", ({ in: ins, attrs: { a, b, out } }, r) => {
    const [x, y] = ins;
    if (is(x, "permute")) return r.make("einsum", [x.in[0], y], { a: unpermuted(a, x.attrs.perm), b, out });
    if (is(y, "permute")) return r.make("einsum", [x, y.in[0]], { a, b: unpermuted(b, y.attrs.perm), out });
    return undefined;
  }),
  rule("permute of a product", "permute", ({ in: [x], attrs: { perm } }, r) =>
    is(x, "einsum")
      ? r.make("einsum", x.in, { ...x.attrs, out: perm.map((p) => x.attrs.out[p]).join("") })
      : undefined,
  ),
  rule("a factor of a product's operand, where the product is smaller", "einsum", (node, r) => {
    // with a second reader the scaled operand would be wanted all the same
    const gains = (x: Node): boolean => elements(node.shape) <= elements(x.shape) && r.readers(x) < 2;
    const at = node.in.findIndex((x) => scale(x) !== undefined && gains(x));
    if (at < 0) return undefined;
    const ins = node.in.map((x, i) => (i === at ? x.in[0] : x));
    const product = r.make("einsum", ins, node.attrs);
    return r.make("mul", [product, fill(r, scale(node.in[at])!, node.shape)], NONE);
  }),
];

const unpermuted = (labels: string, perm: readonly number[]): string =>
  perm.map((_, k) => labels[perm.indexOf(k)]).join("");

/** The gradient through relu and Dropout from the latter's output alone: neither the random numbers nor relu's output stay alive. */
function throughDropped({ in: [x, positive] }: Node<"mul">, r: Rewriter): Node | undefined {
  const c = scale(x);
  const [kept, ratio] = x.in;
  // only if x * c > 0 where x > 0
  if (c === undefined || c < 1 || !is(kept, "where") || constant(kept.in[1]) !== 0) return undefined;
  if (!is(positive, "greater") || constant(positive.in[1]) !== 0) return undefined;
  const [test, zero, g] = kept.in;
  const y = r.make("where", [test, zero, r.make("mul", [positive.in[0], ratio], NONE)], NONE);
  if (r.readers(y) === 0) return undefined;
  const passed = r.make("greater", [y, positive.in[1]], NONE);
  return r.make("mul", [r.make("mul", [g, ratio], NONE), passed], NONE);
}

/** The gradient through shares of a sum (softmax) from the shares alone. */
function throughShares({ in: ins }: Node<"mul">, r: Rewriter): Node | undefined {
  for (const [x, e] of [ins, ins.toReversed()]) {
    const [own, all] = is(x, "sub") ? x.in : [];
    const folded = all && is(all, "expand") && is(all.in[0], "sum") ? all.in[0] : undefined;
    if (!own || !folded || !is(own, "div") || !is(folded.in[0], "div")) continue;
    const [[g, s], [products, below]] = [own.in, folded.in[0].in];
    const y = is(products, "mul") ? shareIn(products, g) : undefined;
    const even = is(s, "expand") && folded.attrs.axes.every((k) => s.in[0].shape[k] === 1);
    if (!y || !even || below !== s || y.in[0] !== e || y.in[1] !== s) continue;
    const sum = r.make("sum", [products], folded.attrs);
    const rest = r.make("sub", [g, r.make("expand", [sum], { shape: g.shape })], NONE);
    return r.make("mul", [rest, y], NONE);
  }
  return undefined;
}
/** The quotient that a product has beside g. */
function shareIn({ in: [x, y] }: Node, g: Node): Node | undefined {
  const other = x === g ? y : y === g ? x : undefined;
  return other && is(other, "div") ? other : undefined;
}

/** c of x · c, where taking it out of a sum of products cannot overflow. */
function scale(node: Node): number | undefined {
  const c = is(node, "mul") ? constant(node.in[1]) : undefined;
  return c !== undefined && moderate(c) ? c : undefined;
}
/** Elements of one row of the batch. */
const elements = (shape: Sizes): number => shape.reduce<number>((p, d) => (d === "n" ? p : p * d), 1);

function sumOfRepeated({ in: [x], attrs }: Node<"sum">, r: Rewriter): Node | undefined {
  if (!is(x, "expand")) return undefined;
  const source = x.in[0];
  const repeated = attrs.axes.filter((k) => source.shape[k] === 1 && x.shape[k] !== 1);
  if (repeated.length === 0) return undefined;
  const kept = r.make("expand", [source], {
    shape: x.shape.map((d, k): Size => (repeated.includes(k) ? 1 : d)),
  });
  const rest = attrs.axes.filter((k) => !repeated.includes(k));
  const sum = rest.length ? r.make("sum", [kept], { axes: rest }) : kept;
  const counted = r.make("mul", [sum, fill(r, elements(repeated.map((k) => x.shape[k])), sum.shape)], NONE);
  const batched = repeated.some((k) => x.shape[k] === "n");
  return batched ? r.make("mul", [counted, spread(r, r.make("batch", [], NONE), sum.shape)], NONE) : counted;
}

/** In the order they are tried; each makes its node cheaper or brings it to the form that the others look for. */
export const rules: readonly Rule[] = [...arithmetic, ...movement, ...contraction];
