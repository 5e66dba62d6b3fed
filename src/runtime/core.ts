import { ModelError } from "../diagnostics.ts";
import { checkCompile, type Compiled, type Outputs, type Signature } from "../ir/compile-args.ts";
import type { Graph, Sizes } from "../ir/graph.ts";
import { logNames } from "../ir/metrics-by-output.ts";
import { byKey, leaves, type Model as IrModel, type Value } from "../ir/model.ts";
import type { Chosen } from "../ir/objects.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import type { CompileSpec, NestOf } from "../ir/spec.ts";
import { formatShape, type Shape, type Tensor } from "../ir/tensor.ts";
import { outputResult, type Place, predictGraph } from "../ir/train.ts";
import type { Tracker } from "../ir/variables.ts";
import type { Platform } from "./platform.ts";
import type { Executable, Session } from "./session.ts";

/** A program of a model and what was prepared of it. */
export interface Program {
  readonly graph: Graph;
  readonly compiled: Compiled | undefined;
  readonly trackers: readonly Tracker[];
  readonly made: Map<number, Executable>;
}

/** A model for inputs of certain sizes. */
export interface Bound {
  readonly inputs: readonly Place[];
  readonly outputs: Outputs;
  readonly predict: Program;
  /** Further programs by what they do and what a call brings. */
  readonly programs: Map<string, Program>;
}

/** A prediction of one tensor from one tensor that may come again with other numbers. */
export interface Repeat {
  readonly shape: readonly number[];
  readonly run: Executable;
  readonly input: string;
  readonly output: string;
  readonly outputShape: readonly number[];
}

/** What `compile` was given. */
export interface CompiledState {
  readonly spec: CompileSpec;
  readonly optimizer: Chosen<OptimizerDef> | undefined;
  /** Why the model cannot be trained with its optimizer. */
  readonly problem?: ModelError;
}

/** The settings checked; a source may name an optimizer that cannot be used: then training alone is refused. */
export function compiledAs(spec: CompileSpec, outputs: Outputs, of: "call" | "source"): CompiledState {
  try {
    return { spec, optimizer: checkCompile(spec, outputs) };
  } catch (problem) {
    if (!(problem instanceof ModelError) || of === "call") throw problem;
    checkCompile({ ...spec, optimizer: null }, outputs);
    return { spec, optimizer: undefined, problem };
  }
}

/** The state that the calls of one model share. */
export interface Core {
  ir: IrModel;
  readonly session: Session;
  readonly platform: Platform;
  readonly seed: number | undefined;
  /** The version of Keras whose summary is printed where none is asked for. */
  readonly keras: string | undefined;
  /** Builds the Sequential, which is not built yet, for data of this shape. */
  readonly rebuild: ((shape: Shape) => void) | undefined;
  readonly bounds: Map<string, Bound>;
  compile: CompiledState | undefined;
  /** Why the settings of `compile` that came with the model could not be taken. */
  compileProblem?: ModelError;
  /** Keras creates an optimizer's slots before its first update. */
  optimizerBuilt: boolean;
  /** What Keras's summary counts of the optimizer of a file, from opening it to the first step. */
  openedOptimizer?: { readonly size?: number; readonly problem?: Error };
  /** The last prediction, for the case that the next one is like it. */
  repeat?: Repeat;
  /** Somebody holds views of the weights and may have written to them. */
  exposed: boolean;
}

/** Names of inputs or outputs, in Keras's flat order: keys of a record, else the layers' names. */
export function placeNames(nest: NestOf<Value>): readonly string[] {
  return isRecord(nest) ? byKey(nest).map(([key]) => key) : leaves(nest).map((value) => value.layer);
}
export const isRecord = (nest: NestOf<Value>): nest is { readonly [key: string]: NestOf<Value> } =>
  !Array.isArray(nest) && typeof (nest as Value).kind !== "string";

export const kindOf = (nest: NestOf<Value>): Outputs["kind"] =>
  Array.isArray(nest) ? "list" : isRecord(nest) ? "record" : "one";

/** Refuses to run a model that nobody has given an input shape. */
function assertBuilt(ir: IrModel): void {
  if (ir.built) return;
  const message = `The model ${ir.name} has not been built: its input shape is not known.`;
  throw new ModelError({
    code: "not-built",
    message,
    hint: "Give it an Input, or data through fit or predict.",
  });
}

function fit(name: string, x: Tensor, wanted: Shape): Tensor {
  const same = (shape: readonly number[]): boolean =>
    shape.length === wanted.length && shape.every((d, k) => k === 0 || wanted[k] === null || wanted[k] === d);
  const shapes = [
    x.shape,
    ...(x.shape.at(-1) === 1 ? [x.shape.slice(0, -1)] : []),
    ...(wanted.at(-1) === 1 ? [[...x.shape, 1]] : []),
  ];
  const shape = shapes.find(same);
  if (shape) return shape === x.shape ? x : { ...x, shape };
  const message = `The data for input ${name} has another shape than the model.`;
  throw new ModelError({
    code: "data-shape",
    message,
    expected: formatShape(wanted),
    received: formatShape(x.shape),
  });
}

/** Inputs brought to the ranks the model has, as Keras's Functional does; shapes that do not fit are refused. */
export function fitInputs(core: Core, inputs: readonly Tensor[]): Tensor[] {
  const wanted = leaves(core.ir.inputs);
  const names = placeNames(core.ir.inputs);
  return inputs.map((x, k) => fit(names[k], x, wanted[k].shape));
}

/** The model for these inputs: programs are kept by the sizes of their samples. */
export function bind(core: Core, inputs: readonly Tensor[]): Bound {
  assertBuilt(core.ir);
  const key = inputs.map((x) => x.shape.slice(1).join("x")).join(";");
  const bound =
    core.bounds.get(key) ??
    bindTo(
      core.ir,
      inputs.map((x) => ["n", ...x.shape.slice(1)]),
    );
  core.bounds.set(key, bound);
  return bound;
}

function bindTo(ir: IrModel, sizes: readonly Sizes[]): Bound {
  const inputs = placeNames(ir.inputs).map((name, k) => ({ name, sizes: sizes[k] }));
  const names = placeNames(ir.outputs);
  const open: Outputs = { kind: kindOf(ir.outputs), names, ...logNames(ir), shapes: [] };
  const graph = predictGraph(ir, inputs, open);
  const shapes = names.map((_name, k): Sizes => {
    const { shape } = graph.results.get(outputResult(open, k))!;
    return graph.rows === undefined ? shape : ["n", ...shape.slice(1)];
  });
  return { inputs, outputs: { ...open, shapes }, predict: program(graph), programs: new Map() };
}

export const program = (graph: Graph, compiled?: Compiled, trackers: readonly Tracker[] = []): Program => ({
  graph,
  compiled,
  trackers,
  made: new Map(),
});

/** Kept for one program: batches of other sizes then run in a larger one. */
const SIZES_KEPT = 4;

/** A model that remembers something of every row runs with as many as it was built for, `size` of `n` at a time. */
export function assertBatches({ graph: { rows } }: Program, size: number, n: number): void {
  if (rows === undefined || (rows === size && n % size === 0)) return;
  const left = n % size;
  throw new ModelError({
    code: "data-shape",
    message: "A layer of the model is stateful: every batch must have the size that the model was built for.",
    expected: `batches of ${rows}`,
    received: `${n} samples in batches of ${size}${left ? `, ${left} in the last` : ""}`,
    hint: n % rows ? `Give a number of samples that ${rows} divides.` : `Give batch_size ${rows}.`,
  });
}

/** The program ready for `n` rows. */
export function executable(core: Core, { graph, made }: Program, n: number): Executable {
  const exact = made.get(n);
  if (exact) return exact;
  const larger = made.size < SIZES_KEPT ? [] : [...made.keys()].filter((size) => size >= n);
  const size = larger.length ? Math.min(...larger) : n;
  const found = made.get(size) ?? core.session.prepare(graph, size);
  made.set(size, found);
  return found;
}

export const signatureKey = (kind: string, { labels, weights }: Signature): string =>
  [kind, ...labels.map(String), "|", ...weights.map(String)].join(";");
