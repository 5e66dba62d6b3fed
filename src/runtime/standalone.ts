import { type Diagnostic, ModelError } from "../diagnostics.ts";
import { activate } from "../ir/activate.ts";
import { activation } from "../ir/fields/activation.ts";
import type { scheduleOf } from "../ir/fields/learning-rate.ts";
import { scheduledRate } from "../ir/fields/learning-rate.ts";
import { show } from "../ir/fields/schema.ts";
import { Builder } from "../ir/builder.ts";
import { chooseLoss, chooseMetric, chooseOptimizer } from "../ir/catalogues.ts";
import { chooseInitializer, drawInitial } from "../ir/draw-initial.ts";
import type { Node, Sizes } from "../ir/graph.ts";
import type { LossDef } from "../ir/loss.ts";
import { shapeText } from "../ir/losses/labels.ts";
import type { MetricDef } from "../ir/metric.ts";
import type { Chosen } from "../ir/objects.ts";
import { programOf } from "../ir/program.ts";
import { type Reduction, reduceLoss, reduceMetric, sameRank, toSameRank } from "../ir/reduction.ts";
import { formatShape, numel, type Tensor } from "../ir/tensor.ts";
import { checkClasses } from "./arrays.ts";
import { type ArrayLike, toTensor } from "./data.ts";
import { interpretSession } from "./interpret-session.ts";

const batched = (x: Tensor): Sizes => ["n", ...x.shape.slice(1)];

/** Runs a small program once on whole arrays, whose first dimension is the batch. */
function evaluate(
  arrays: Readonly<Record<string, Tensor | undefined>>,
  write: (b: Builder, nodes: Readonly<Record<string, Node>>) => Readonly<Record<string, Node>>,
): Record<string, Float32Array> {
  const b = new Builder(false);
  const given = Object.entries(arrays).filter((entry): entry is [string, Tensor] => entry[1] !== undefined);
  const nodes = given.map(([name, x]) => [name, b.input(name, batched(x)) as unknown as Node] as const);
  const results = new Map(Object.entries(write(b, Object.fromEntries(nodes))));
  const n = given[0][1].shape[0];
  const graph = programOf(b, results);
  const run = interpretSession().prepare(graph, n);
  const used = new Set(graph.inputs.map((node) => node.attrs.name));
  for (const [name, x] of given) if (used.has(name)) run.input(name).set(x.data as Float32Array);
  run.run(n);
  return Object.fromEntries([...results.keys()].map((name) => [name, run.result(name).slice()]));
}

/** The rate of a schedule after so many steps. */
export function rateAfter(schedule: NonNullable<ReturnType<typeof scheduleOf>>, steps: number): number {
  const step: Tensor = { shape: [1], dtype: "float32", data: new Float32Array([steps]) };
  const { rate } = evaluate({ step }, (b, given) => ({ rate: scheduledRate(b, schedule, given.step) }));
  return rate[0];
}

/** An array with at least one element. */
function filled(x: unknown, what: string): Tensor {
  const tensor = toTensor(x, what);
  if (tensor.shape.length > 0 && numel(tensor.shape) > 0) return tensor;
  const message = `${what} holds no samples.`;
  throw new ModelError({
    code: "data-empty",
    message,
    expected: "an array of at least one element",
    received: `shape ${formatShape(tensor.shape)}`,
  });
}

function pair(
  yTrue: unknown,
  yPred: unknown,
  sampleWeight: unknown,
): { y: Tensor; p: Tensor; w: Tensor | undefined } {
  const y = filled(yTrue, "yTrue");
  const p = filled(yPred, "yPred");
  const w =
    sampleWeight === undefined || sampleWeight === null ? undefined : filled(sampleWeight, "sampleWeight");
  for (const x of [y, p, w]) {
    if (x && (x.shape.length === 0 || x.shape[0] !== p.shape[0] || p.shape[0] === 0)) {
      const message = "yTrue, yPred and sampleWeight need the same number of samples, at least one.";
      throw new ModelError({
        code: "bad-data",
        message,
        received: [y, p, w].map((t) => t?.shape[0]).join(", "),
      });
    }
  }
  return { y, p, w };
}
function refuseMisfit(expected: string | undefined, y: Tensor): void {
  if (expected === undefined) return;
  const message = "The labels do not fit the predictions.";
  throw new ModelError({ code: "label-shape", message, expected, received: shapeText(batched(y)) });
}

/** A loss by itself. */
export interface StandaloneLoss {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The loss of these labels and predictions, the first dimension being samples; weights as Keras takes them. */
  value(yTrue: ArrayLike, yPred: ArrayLike, sampleWeight?: ArrayLike): number;
}

function lossValue(
  { def, config }: Chosen<LossDef>,
  yTrue: unknown,
  yPred: unknown,
  sampleWeight: unknown,
): number {
  const { y, p, w } = pair(yTrue, yPred, sampleWeight);
  refuseMisfit(def.misfit(config, ...sameRank(batched(y), batched(p))), y);
  refuseClasses({ def, config }, y, p);
  const { value } = evaluate({ y, p, w }, (b, nodes) => {
    const values = def.value(b, config, ...toSameRank(b, nodes.y, nodes.p));
    return { value: reduceLoss(b, values, nodes.w, { reduction: config.reduction as Reduction }) };
  });
  return value[0];
}

/** Class numbers must be numbers of classes. */
function refuseClasses({ def, config }: Chosen<LossDef> | Chosen<MetricDef>, y: Tensor, p: Tensor): void {
  const classes = def.classes?.(config, batched(p));
  if (classes !== undefined) checkClasses(y, classes, config.ignore_class, "y");
}

/** `losses.get(config)`: a loss by its Keras name or object. */
export const losses = {
  get(id: unknown): StandaloneLoss {
    const chosen = chooseLoss(id);
    return {
      name: String(chosen.config.name),
      config: chosen.config,
      value: (yTrue, yPred, sampleWeight) => lossValue(chosen, yTrue, yPred, sampleWeight),
    };
  },
};

/** A metric by itself: a running mean over samples. */
export interface StandaloneMetric {
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  updateState(yTrue: ArrayLike, yPred: ArrayLike, sampleWeight?: ArrayLike): void;
  /** The mean so far; 0 before any data. */
  result(): number;
  resetState(): void;
}

function gain(
  { def, config }: Chosen<MetricDef>,
  yTrue: unknown,
  yPred: unknown,
  sampleWeight: unknown,
): readonly [number, number] {
  const { y, p, w } = pair(yTrue, yPred, sampleWeight);
  refuseMisfit(def.misfit(config, batched(y), batched(p), false), y);
  refuseClasses({ def, config }, y, p);
  const { total, count } = evaluate({ y, p, w }, (b, nodes) =>
    reduceMetric(b, def.value(b, config, nodes.y, nodes.p), nodes.w),
  );
  return [total[0], count[0]];
}

/** `metrics.get(config)`: a metric by its Keras name or object. */
export const metrics = {
  get(id: unknown): StandaloneMetric {
    const chosen = chooseMetric(id);
    let state = [0, 0];
    return {
      name: String(chosen.config.name),
      config: chosen.config,
      updateState(yTrue, yPred, sampleWeight) {
        const more = gain(chosen, yTrue, yPred, sampleWeight);
        state = state.map((x, k) => Math.fround(x + more[k]));
      },
      result: () => (state[1] === 0 ? 0 : Math.fround(state[0] / state[1])),
      resetState() {
        state = [0, 0];
      },
    };
  },
};

/** `activations.get("gelu")(x)`: an activation function on arrays, computed over all but its own axes element by element. */
export const activations = {
  get(id: string | { readonly class_name: string; readonly config: Readonly<Record<string, unknown>> }) {
    const problems: Diagnostic[] = [];
    const message = "The activation does not fit.";
    const chosen = activation().read!(id, (p) => problems.push({ code: "bad-activation", message, ...p }));
    if (problems.length || id === null)
      throw new ModelError(
        problems.length
          ? problems
          : { code: "bad-activation", message, expected: "an activation", received: "null" },
      );
    return (x: ArrayLike): Tensor => {
      const input = filled(x, "x");
      const { y } = evaluate({ x: input }, (b, nodes) => ({ y: activate(b, nodes.x, chosen) }));
      const [n] = input.shape;
      const same = y.length === numel(input.shape);
      return { shape: same ? [...input.shape] : [n, y.length / n], dtype: "float32", data: y };
    };
  },
};

function checkedShape(shape: unknown): readonly number[] {
  if (Array.isArray(shape) && shape.every((d) => Number.isSafeInteger(d) && d >= 0)) {
    if (numel(shape) <= MOST) return shape;
  }
  throw new ModelError({
    code: "initializer-shape",
    message: "An initializer cannot make values of this shape.",
    expected: `a list of sizes, each a whole number from 0, ${MOST} elements at most`,
    received: show(shape),
  });
}
/** Elements that one array can hold everywhere. */
const MOST = 2 ** 29;

/** `initializers.get(config)(shape)`: values an initializer draws; an unseeded one draws new values on each `get`. */
export const initializers = {
  get(id: unknown) {
    const { def, config } = chooseInitializer(id);
    const seed = 1 + Math.floor(Math.random() * 1e9);
    return (shape: readonly number[]): Tensor => ({
      shape: [...checkedShape(shape)],
      dtype: "float32",
      data: drawInitial({ class_name: def.name, config }, shape, seed),
    });
  },
};

/** `optimizers.get(config)`: an optimizer's class name and all its options; ModelError where it is not supported. */
export const optimizers = {
  get(id: unknown): { readonly class_name: string; readonly config: Readonly<Record<string, unknown>> } {
    const { def, config } = chooseOptimizer(id);
    return { class_name: def.name, config };
  },
};
