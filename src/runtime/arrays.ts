import { ModelError } from "../diagnostics.ts";
import type { Compiled, Signature } from "../ir/compile-args.ts";
import { show } from "../ir/fields/schema.ts";
import type { Sizes } from "../ir/graph.ts";
import { leaves } from "../ir/model.ts";
import { formatShape, numel, type Tensor } from "../ir/tensor.ts";
import { labelInput, weightInput } from "../ir/train.ts";
import { type Bound, type Core, fitInputs, placeNames } from "./core.ts";
import { rowOf, sliceRows, spread, toTensor } from "./data.ts";
import type { Executable } from "./session.ts";

/** The arrays of one call, all with `n` rows; labels and weights by output. */
export interface Arrays {
  readonly n: number;
  readonly inputs: readonly Tensor[];
  readonly labels: readonly (Tensor | undefined)[];
  readonly weights: readonly (Tensor | undefined)[];
}

function rowsOf(parts: readonly (readonly [string, Tensor | undefined])[]): number {
  const given = parts.filter((part): part is readonly [string, Tensor] => part[1] !== undefined);
  const scalar = given.find(([, x]) => x.shape.length === 0);
  const counts = given.map(([, x]) => x.shape[0]);
  const said = given.map(([name, x]) => `${name} ${formatShape(x.shape)}`).join(", ");
  if (scalar)
    throw new ModelError({
      code: "data-shape",
      message: `The data for ${scalar[0]} is one number, not an array.`,
      expected: "an array whose first axis counts samples",
      received: "shape ()",
    });
  if (new Set(counts).size > 1) {
    const message = "All arrays of a call need the same number of samples.";
    const expected = "the same first size for all";
    throw new ModelError({ code: "data-cardinality", message, expected, received: said });
  }
  if (counts[0] === 0)
    throw new ModelError({
      code: "data-empty",
      message: "The data has no samples.",
      expected: "at least one sample",
      received: said,
    });
  return counts[0];
}

/** Data for the inputs alone. */
export function inputArrays(core: Core, x: unknown): Arrays {
  if (!core.ir.built && core.rebuild) rebuild(core, toTensor(x, "the first data"));
  const names = placeNames(core.ir.inputs);
  const [{ shape }] = leaves(core.ir.inputs);
  const inputs = spread(shape.length === 2 ? rowOf(x, shape[1]) : x, names, "input") as Tensor[];
  const n = rowsOf(names.map((name, k) => [`input ${name}`, inputs[k]]));
  return { n, inputs: fitInputs(core, inputs), labels: [], weights: [] };
}

/** An unbuilt Sequential takes its input shape from the first data, as in Keras. */
function rebuild(core: Core, x: Tensor): void {
  core.rebuild!([null, ...x.shape.slice(1)]);
}

/** Data, labels and weights of `fit`, `evaluate` and their like. */
export function trainingArrays(core: Core, x: unknown, y: unknown, sampleWeight: unknown): Arrays {
  const given = inputArrays(core, x);
  const names = placeNames(core.ir.outputs);
  const labels =
    y === undefined || y === null
      ? names.map(() => undefined)
      : spread(labelled(given.n, y), names, "output", true);
  const weights = weightArrays(names, sampleWeight);
  const n = rowsOf([
    ["the inputs", given.inputs[0]],
    ...names.map((name, k) => [`labels of ${name}`, labels[k]] as const),
    ...names.map((name, k) => [`sample_weight of ${name}`, weights[k]] as const),
  ]);
  return { n, inputs: given.inputs, labels, weights };
}

/** The labels of one sample may be the only row of a list. */
const labelled = (n: number, y: unknown): unknown =>
  n === 1 && Array.isArray(y) && ArrayBuffer.isView(y[0])
    ? rowOf(y, (y[0] as unknown as ArrayLike<number>).length)
    : y;

/** One array of weights serves every output. */
function weightArrays(names: readonly string[], w: unknown): (Tensor | undefined)[] {
  if (w === undefined || w === null) return names.map(() => undefined);
  const list = Array.isArray(w) && w.length === names.length && w.some((part) => typeof part === "object");
  const record = typeof w === "object" && !Array.isArray(w) && !ArrayBuffer.isView(w) && !("data" in w);
  if (names.length === 1 || list || record) return spread(w, names, "output", true);
  const [one] = spread(w, ["sample_weight"], "output");
  return names.map(() => one);
}

export const signatureOf = ({ labels, weights }: Arrays): Signature => {
  const sizes = (x: Tensor | undefined): Sizes | undefined => x && ["n", ...x.shape.slice(1)];
  return { labels: labels.map(sizes), weights: weights.map(sizes) };
};

/** Labels must be numbers, and class numbers below the number of classes. */
export function checkLabels({ labels, weights }: Arrays, compiled: Compiled, { outputs }: Bound): void {
  labels.forEach((y, k) => y && checkFinite(y, `labels of output ${outputs.names[k]}`));
  weights.forEach((w, k) => w && checkFinite(w, `sample_weight of output ${outputs.names[k]}`));
  for (const { def, config, output } of compiled.losses) {
    const classes = def.classes?.(config, outputs.shapes[output]);
    if (classes !== undefined)
      checkClasses(labels[output]!, classes, config.ignore_class, outputs.names[output]);
  }
}
function checkFinite(x: Tensor, what: string): void {
  if (x.dtype !== "float32") return;
  const data = x.data as Float32Array;
  for (let i = 0; i < data.length; i++) {
    if (data[i] !== data[i]) {
      throw new ModelError({
        code: "data-nan",
        message: `There is NaN in the ${what}.`,
        expected: "numbers",
        received: `NaN at element ${i}`,
      });
    }
  }
}
export function checkClasses(y: Tensor, classes: number, ignored: unknown, output: string): void {
  const data = y.data as Float32Array;
  for (let i = 0; i < data.length; i++) {
    const c = data[i];
    if ((c >= 0 && c < classes && Number.isInteger(c)) || c === ignored) continue;
    const message = `A label of output ${output} is no class.`;
    const expected = `a whole number from 0 to ${classes - 1}`;
    throw new ModelError({ code: "label-range", message, expected, received: `${c} at element ${i}` });
  }
}

/** Sample weights from the class of every label: the largest of a one-hot row, the label itself rounded; 1 where absent. */
export function classWeights(arrays: Arrays, weights: Readonly<Record<number, number>>): Arrays {
  const [y, more] = arrays.labels;
  if (arrays.labels.length !== 1 || more) throw refuse("class_weight needs a model with a single output.");
  if (arrays.weights[0]) throw refuse("class_weight and sample_weight cannot be given at the same time.");
  if (!y || y.shape.length > 2) throw refuse("class_weight needs labels with one class a sample.");
  const strange = Object.keys(weights).find((label) => !/^-?\d+$/.test(label));
  if (strange !== undefined)
    throw refuse(
      `class_weight has ${JSON.stringify(strange)}, which is no class number.`,
      "class numbers",
      show(strange),
    );
  const bad = Object.entries(weights).find(([, weight]) => typeof weight !== "number");
  if (bad) throw refuse(`The class_weight of class ${bad[0]} is no number.`, "a number", show(bad[1]));
  const table = new Map(Object.entries(weights).map(([label, weight]) => [Number(label), weight]));
  const width = y.shape[1] ?? 1;
  const data = y.data as Float32Array;
  const classOf = (row: number): number =>
    width === 1 ? roundHalfEven(data[row]) : argmax(data, row * width, width);
  const made = Float32Array.from({ length: arrays.n }, (_, row) => table.get(classOf(row)) ?? 1);
  return { ...arrays, weights: [{ shape: [arrays.n], dtype: "float32", data: made }] };
}
function refuse(message: string, expected?: string, received?: string): ModelError {
  const said = { ...(expected && { expected }), ...(received && { received }) };
  return new ModelError({ code: "class-weight", message, ...said });
}
function argmax(data: ArrayLike<number>, from: number, width: number): number {
  let best = 0;
  for (let k = 1; k < width; k++) if (data[from + k] > data[from + best]) best = k;
  return best;
}
function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 !== 0) ? down + 1 : down;
}

/** Rows `from` … `to` of every array. */
export function rows(arrays: Arrays, from: number, to: number): Arrays {
  const cut = (x: Tensor | undefined): Tensor | undefined => x && sliceRows(x, from, to);
  return {
    n: to - from,
    inputs: arrays.inputs.map((x) => sliceRows(x, from, to)),
    labels: arrays.labels.map(cut),
    weights: arrays.weights.map(cut),
  };
}

/** One array and where a program takes it. */
interface Feed {
  readonly name: string;
  readonly data: Float32Array;
  readonly row: number;
}
const feed = (name: string, x: Tensor): Feed => ({
  name,
  data: x.data as Float32Array,
  row: numel(x.shape.slice(1)),
});

/** The arrays that a program takes, by its names; those it does not read are left out. */
export function feeds(arrays: Arrays, { inputs, outputs }: Bound, names: ReadonlySet<string>): Feed[] {
  const all = [
    ...arrays.inputs.map((x, k) => feed(inputs[k].name, x)),
    ...arrays.labels.flatMap((x, k) => (x ? [feed(labelInput(outputs, k), x)] : [])),
    ...arrays.weights.flatMap((x, k) => (x ? [feed(weightInput(outputs, k), x)] : [])),
  ];
  return all.filter(({ name }) => names.has(name));
}

/** Puts rows `from` … `to` into a program; `order` says which sample stands at a place. */
export function fill(
  run: Executable,
  list: readonly Feed[],
  from: number,
  to: number,
  order?: Uint32Array,
): void {
  for (const { name, data, row } of list) {
    const target = run.input(name);
    if (!order) target.set(data.subarray(from * row, to * row));
    else fillInOrder(target, data, row, order, from, to);
  }
}
function fillInOrder(
  target: Float32Array,
  data: Float32Array,
  row: number,
  order: Uint32Array,
  from: number,
  to: number,
): void {
  for (let i = from, at = 0; i < to; i++) {
    const first = order[i] * row;
    if (row < 16) for (let k = 0; k < row; k++) target[at + k] = data[first + k];
    else target.set(data.subarray(first, first + row), at);
    at += row;
  }
}
