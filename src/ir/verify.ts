import { internal } from "../diagnostics.ts";
import type { Graph, Node, OpAttrs, OpName, Sizes, Window } from "./graph.ts";
import { opOf, ops } from "./ops.ts";

type Rule<A> = (ins: readonly Sizes[], attrs: A) => boolean;

const equal = (a: Sizes, b: Sizes): boolean => a.length === b.length && a.every((d, k) => d === b[k]);
/** Number of elements as the fixed part and how often the batch is a factor. */
const count = (s: Sizes): string =>
  `${s.reduce<number>((p, d) => (d === "n" ? p : p * d), 1)}·n^${s.filter((d) => d === "n").length}`;
const fixed = (s: Sizes | undefined, axis: number): s is Sizes => typeof s?.[axis] === "number";
const distinct = (list: readonly unknown[]): boolean => new Set(list).size === list.length;

const source = (ins: readonly Sizes[]): boolean => ins.length === 0;
/** So many inputs, all of one shape. */
const alike =
  (arity: number): Rule<unknown> =>
  (ins) =>
    ins.length === arity && ins.every((s) => equal(s, ins[0]));
const reduction: Rule<OpAttrs["sum"]> = (ins, { axes }) =>
  ins.length === 1 && axes.length > 0 && distinct(axes) && axes.every((k) => k in ins[0]);

/** Every element of every window exists. */
function reaches(w: Window, size: number): boolean {
  const ends = [0, (w.size - 1) * w.stride].flatMap((at) => [at, at + (w.taps - 1) * w.dilation]);
  return w.size > 0 && w.taps > 0 && ends.every((at) => w.start + at >= 0 && w.start + at < size);
}

/** What an op asks of its inputs and attributes. */
const rules: { readonly [O in OpName]: Rule<OpAttrs[O]> } = {
  input: source,
  variable: source,
  const: (ins, { value }) => source(ins) && (Number.isNaN(value) || Math.fround(value) === value),
  batch: source,
  iota: (ins, { size }) => source(ins) && Number.isInteger(size),
  random: (ins, { seed }) => source(ins) && seed.kind === "seed" && equal(seed.shape, [2]),
  add: alike(2),
  sub: alike(2),
  mul: alike(2),
  div: alike(2),
  max: alike(2),
  min: alike(2),
  powi: alike(2),
  greater: alike(2),
  equal: alike(2),
  neg: alike(1),
  abs: alike(1),
  floor: alike(1),
  exp: alike(1),
  log: alike(1),
  sqrt: alike(1),
  tanh: alike(1),
  sigmoid: alike(1),
  erf: alike(1),
  where: alike(3),
  einsum: (ins, { a, b, out }) =>
    ins.length === 2 &&
    a.length === ins[0].length &&
    b.length === ins[1].length &&
    [a, b, out].every((labels) => distinct([...labels])) &&
    [...a, ...b, ...out].every((l) => [a, b, out].filter((labels) => labels.includes(l)).length > 1),
  sum: reduction,
  max_of: reduction,
  reshape: (ins, { shape }) => ins.length === 1 && count(ins[0]) === count(shape),
  expand: (ins, { shape }) =>
    ins.length === 1 && ins[0].length === shape.length && ins[0].every((d, k) => d === 1 || d === shape[k]),
  permute: (ins, { perm }) =>
    ins.length === 1 && perm.length === ins[0].length && distinct(perm) && perm.every((p) => p in ins[0]),
  slice: ([s], { axis, start, stop }) =>
    fixed(s, axis) && start >= 0 && start < stop && stop <= (s[axis] as number),
  flip: (ins, { axis }) => ins.length === 1 && fixed(ins[0], axis),
  window: (ins, { windows }) =>
    ins.length === 1 &&
    distinct(windows.map((w) => w.axis)) &&
    windows.every((w) => fixed(ins[0], w.axis) && reaches(w, ins[0][w.axis] as number)),
  pad: ([s], { pads }) =>
    distinct(pads.map((p) => p.axis)) && pads.every((p) => fixed(s, p.axis) && p.before >= 0 && p.after >= 0),
  gather: (ins) => ins.length === 2 && ins[0].length > 0 && typeof ins[0][0] === "number",
  scatter_add: (ins, { rows }) =>
    ins.length === 2 && rows > 0 && ins[0].every((d, k) => d === ins[1][k]) && !ins[1].slice(1).includes("n"),
  scan: (ins, { carried, sequences, steps, widths, body }) => {
    verify(body);
    return (
      ins.length >= carried + sequences &&
      body.results.size === widths.length &&
      ins.slice(carried, carried + sequences).every((s) => s[1] === steps)
    );
  },
  given: source,
  step: ([s]) => s.length > 1 && typeof s[1] === "number",
  concat: (ins, { axis }) =>
    ins.length > 0 &&
    ins.every(
      (s) => fixed(s, axis) && s.length === ins[0].length && s.every((d, k) => k === axis || d === ins[0][k]),
    ),
};

/** Checks what every pass must keep; throws an internal error that names the node where it does not hold. */
export function verify(graph: Graph): void {
  const known = new Set<Node>();
  const shapes = new Map<string, Sizes>();
  const names = new Set<string>();
  let last = -1;
  for (const node of graph.nodes) {
    const fail = failure(node);
    if (node.id <= last) fail(`does not come in order of numbers, after ${last}`);
    last = node.id;
    for (const x of node.in) if (!known.has(x)) fail(`reads node ${x.id}, which does not come before it`);
    known.add(node);
    checkNode(node, fail);
    if (node.op === "variable") checkVariable((node as Node<"variable">).attrs.variable, shapes, fail);
    if (node.op !== "input") continue;
    const { name } = (node as Node<"input">).attrs;
    if (names.has(name)) fail(`is a second input ${name}`);
    names.add(name);
  }
  checkEnds(graph, known, shapes);
}

const failure =
  (node: Node) =>
  (what: string): never => {
    throw internal(`node ${node.id} (${node.op}, ${node.from.layer} ${node.from.part}) ${what}`);
  };

function checkNode(node: Node, fail: (what: string) => never): void {
  if (!Object.hasOwn(ops, node.op)) fail("is of no known op");
  const ins = node.in.map((x) => x.shape);
  const shown = `${ins.map((s) => `[${s.join(",")}]`).join(", ")} with ${JSON.stringify(node.attrs)}`;
  if (!(rules[node.op] as Rule<unknown>)(ins, node.attrs)) fail(`cannot be of ${shown}`);
  const shape = opOf(node).shape(ins, node.attrs);
  if (!equal(shape, node.shape))
    fail(`says shape [${node.shape.join(",")}] where it has [${shape.join(",")}]`);
  const sized = (d: unknown, k: number): boolean =>
    d === "n" ? k === 0 : Number.isInteger(d) && (d as number) > 0;
  if (!shape.every(sized)) fail(`has the impossible shape [${shape.join(",")}]`);
}

function checkVariable(
  variable: { name: string; shape: Sizes },
  shapes: Map<string, Sizes>,
  fail: (what: string) => never,
): void {
  const { name, shape } = variable;
  if (!equal(shapes.get(name) ?? shape, shape)) fail(`gives ${name} a second shape`);
  shapes.set(name, shape);
}

function checkEnds(graph: Graph, known: ReadonlySet<Node>, shapes: Map<string, Sizes>): void {
  for (const input of graph.inputs)
    if (!known.has(input as unknown as Node))
      throw internal(`input ${input.attrs.name} is no node of the program`);
  for (const [name, node] of graph.results)
    if (!known.has(node)) throw internal(`result ${name} is no node of the program`);
  for (const node of graph.labels.keys())
    if (!known.has(node)) failure(node)("has a label but is no node of the program");
  const assigned = new Set<string>();
  for (const { variable, value } of graph.assigns) {
    const fail = failure(value);
    checkVariable(variable, shapes, fail);
    if (!known.has(value)) fail(`is assigned to ${variable.name} but no node of the program`);
    if (!equal(variable.shape, value.shape)) fail(`is assigned to ${variable.name}, which has another shape`);
    if (assigned.has(variable.name)) fail(`is a second value for ${variable.name}`);
    assigned.add(variable.name);
  }
}
