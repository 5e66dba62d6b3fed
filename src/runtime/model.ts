import { ADDRESSABLE } from "../compile.ts";
import { type Diagnostic, didYouMean, ModelError, ModelLimitError } from "../diagnostics.ts";
import { initialValues } from "../ir/draw-initial.ts";
import { show } from "../ir/fields/schema.ts";
import {
  modelWeights,
  type Layer,
  type Model as IrModel,
  weightBytes,
  type WeightState,
} from "../ir/model.ts";
import { checkOptions } from "../ir/options.ts";
import type { CompileSpec } from "../ir/spec.ts";
import { countsOptimizer, summarize, type SummaryOptions } from "../ir/summary.ts";
import { numel, type Nest, type Shape, type Tensor } from "../ir/tensor.ts";
import { gradientResult, trainableWeights } from "../ir/train.ts";
import { rememberedBy, seedVariables, weightVariable } from "../ir/variables.ts";
import { feeds, fill, classWeights, trainingArrays, type Arrays } from "./arrays.ts";
import type { Watched } from "./callbacks/callback.ts";
import type { History } from "./callbacks/history.ts";
import { assertBatches, bind, compiledAs, executable, kindOf, placeNames, type Core } from "./core.ts";
import { toTensor } from "./data.ts";
import { evaluateWithBar, evaluation, verbosity, type EvaluateOptions } from "./evaluate.ts";
import { fit, type FitOptions } from "./fit.ts";
import {
  BATCH,
  type BatchOptions,
  type CompileOptions,
  EVALUATE,
  GRADIENTS,
  SUMMARY,
} from "./model-options.ts";
import { countedParams, type ModelOptimizer, type ModelWeight, optimizerOf } from "./optimizer.ts";
import { consolePlatform, type Platform } from "./platform.ts";
import { predict, type PredictOptions } from "./predict.ts";
import {
  inOrder,
  programFor,
  readTrackers,
  resetOptimizer,
  resetSlots,
  resetTrackers,
  stepped,
} from "./programs.ts";
import { seedWord } from "./random.ts";
import type { Session } from "./session.ts";
import { wasmUniform } from "./wasm-uniform.ts";

/** A layer as `model.layers` shows it. */
export interface ModelLayer {
  readonly name: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly trainable: boolean;
  readonly weights: readonly ModelWeight[];
  getWeights(): Tensor[];
}

export interface CreateOptions {
  readonly ir: IrModel;
  readonly session: Session;
  /** Weights by path; those that are missing are drawn. */
  readonly arrays?: ReadonlyMap<string, { readonly data: Float32Array }>;
  readonly seed?: number;
  readonly platform?: Platform;
  /** Builds an unbuilt Sequential for data of a shape. */
  readonly rebuild?: (shape: Shape) => IrModel;
  /** The version of Keras whose summary is printed. */
  readonly keras?: string;
}

/** A Keras model that runs on generated code: Keras's methods, spelled as in JavaScript. */
export class Model implements Watched {
  /** The state that functions of this library share; not part of the public API. */
  readonly core: Core;
  /** Set by callbacks: `fit` ends after the batch. */
  stopTraining = false;

  constructor(core: Core) {
    this.core = core;
  }

  get name(): string {
    return this.core.ir.name;
  }
  get inputs(): readonly string[] {
    return placeNames(this.core.ir.inputs);
  }
  get outputs(): readonly string[] {
    return placeNames(this.core.ir.outputs);
  }
  get layers(): readonly ModelLayer[] {
    const { ir } = this.core;
    const hidden = (layer: Layer): boolean =>
      ir.class_name === "Sequential" && layer.class_name === "InputLayer";
    return ir.layers.filter((layer) => !hidden(layer)).map((layer) => this.layer(layer));
  }
  getLayer(name: string): ModelLayer {
    const found = this.layers.find((layer) => layer.name === name);
    if (found) return found;
    const names = this.layers.map((layer) => layer.name);
    const hint =
      typeof name === "string" ? didYouMean(name, names) : "model.layers[k] is the layer at a place.";
    throw new ModelError({
      code: "unknown-layer",
      message: `There is no layer named ${show(name)}.`,
      expected: names.join(", "),
      received: show(name),
      ...(hint && { hint }),
    });
  }
  private layer(layer: Layer): ModelLayer {
    const own = layer.model
      ? modelWeights(layer.model)
      : layer.weights.map((weight) => ({ weight, trainable: weight.trainable }));
    const weights = own.map((state) => this.weight(state));
    const { name, class_name, config, trainable } = layer;
    return { name, class_name, config, trainable, weights, getWeights: () => weights.map(copied) };
  }

  /** All weights in Keras's order. */
  get weights(): readonly ModelWeight[] {
    return modelWeights(this.core.ir).map((state) => this.weight(state));
  }
  private weight({ weight, trainable }: WeightState): ModelWeight {
    const { core } = this;
    const { path, name, shape, dtype } = weight;
    return {
      ...{ path, name, shape, dtype, trainable },
      get data() {
        core.exposed = true;
        core.session.expose();
        return core.session.view(weightVariable(weight));
      },
    };
  }
  countParams(): number {
    return modelWeights(this.core.ir).reduce((sum, { weight }) => sum + numel(weight.shape), 0);
  }
  getWeights(): Tensor[] {
    return modelWeights(this.core.ir).map(({ weight }) => ({
      shape: weight.shape,
      dtype: "float32" as const,
      data: this.core.session.view(weightVariable(weight)).slice(),
    }));
  }
  /** Arrays in the order of `getWeights`; shapes that do not fit are all named, and then nothing changes. */
  setWeights(arrays: readonly unknown[]): void {
    const states = modelWeights(this.core.ir);
    if (!Array.isArray(arrays) || arrays.length !== states.length) {
      throw new ModelError({
        code: "weight-count",
        message: "setWeights needs one array a weight.",
        expected: String(states.length),
        received: Array.isArray(arrays) ? String(arrays.length) : show(arrays),
      });
    }
    const given = arrays.map((array, k) => {
      const { path, shape } = states[k].weight;
      const tensor = toTensor(array, path);
      // a typed array says no shape: its length must do
      return ArrayBuffer.isView(array) && tensor.data.length === numel(shape) ? { ...tensor, shape } : tensor;
    });
    const problems = states.flatMap(({ weight }, k): Diagnostic[] =>
      given[k].shape.join() === weight.shape.join()
        ? []
        : [
            {
              code: "weight-shape",
              message: `The array for ${weight.path} has another shape.`,
              at: { path: weight.path },
              expected: `(${weight.shape.join(", ")})`,
              received: `(${given[k].shape.join(", ")})`,
            },
          ],
    );
    if (problems.length) throw new ModelError(problems);
    states.forEach(({ weight }, k) =>
      this.core.session.put(weightVariable(weight), given[k].data as Float32Array),
    );
    this.core.session.touch();
  }

  summary(options: SummaryOptions = {}): string {
    const { core } = this;
    checkOptions("summary", options, SUMMARY);
    const keras = options.keras ?? core.keras ?? "3";
    const optimizer_params = countsOptimizer(keras) ? countedParams(core) : undefined;
    const counted = optimizer_params !== undefined && { optimizer_params };
    return summarize(core.ir, { ...counted, ...options, keras });
  }

  /** Rows of the input to rows of the output; several inputs by name or as a list, several outputs in the model's structure. */
  predict(x: unknown, options: PredictOptions = {}): Nest<Tensor> {
    return predict(this.core, x, options);
  }

  compile(options: CompileOptions): void {
    this.settle({ ...options, at: {} });
  }

  /** `compile` with the places of its arguments, where they stand in a source. */
  protected settle(spec: CompileSpec, of: "call" | "source" = "call"): void {
    const { ir } = this.core;
    const outputs = {
      kind: kindOf(ir.outputs),
      names: ir.built ? placeNames(ir.outputs) : ir.layers.slice(-1).map((layer) => layer.name),
      shapes: [],
    };
    const compile = compiledAs(spec, outputs, of);
    this.core.compile = compile;
    this.core.compileProblem = compile.problem;
    for (const bound of this.core.bounds.values()) bound.programs.clear();
    resetOptimizer(this.core);
  }

  fit(x: unknown, y?: unknown, options: FitOptions = {}): Promise<History> {
    return fit(this.core, this, x, y, options);
  }

  /** The loss, or the loss and metrics in Keras's order, or a record of them. */
  evaluate(
    x: unknown,
    y: unknown,
    options: EvaluateOptions & { readonly return_dict: true },
  ): Record<string, number>;
  evaluate(x: unknown, y?: unknown, options?: EvaluateOptions): number | number[] | Record<string, number>;
  evaluate(
    x: unknown,
    y?: unknown,
    options: EvaluateOptions = {},
  ): number | number[] | Record<string, number> {
    checkOptions("evaluate", options, EVALUATE);
    const arrays = trainingArrays(this.core, x, y, options.sample_weight);
    const size = options.batch_size ?? 32;
    const work = evaluation(this.core, arrays, size);
    const logs = evaluateWithBar(this.core, work, verbosity(this.core, options.verbose));
    return options.return_dict ? logs : inOrder(logs, work.program);
  }

  /** One step of training on one batch as a record of its loss and metrics. */
  trainOnBatch(
    x: unknown,
    y: unknown,
    options: BatchOptions & { readonly return_dict: true },
  ): Record<string, number>;
  /** One step of training on one batch: its loss, or the loss and metrics, or a record of them. */
  trainOnBatch(x: unknown, y?: unknown, options?: BatchOptions): number | number[] | Record<string, number>;
  trainOnBatch(
    x: unknown,
    y?: unknown,
    options: BatchOptions = {},
  ): number | number[] | Record<string, number> {
    const { core } = this;
    checkOptions("trainOnBatch", options, BATCH);
    const given = trainingArrays(core, x, y, options.sample_weight);
    const arrays = options.class_weight ? classWeights(given, options.class_weight) : given;
    const bound = bind(core, arrays.inputs);
    const program = programFor(core, bound, "train", arrays);
    assertBatches(program, arrays.n, arrays.n);
    const run = executable(core, program, arrays.n);
    resetTrackers(core, program.trackers);
    fill(
      run,
      feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name))),
      0,
      arrays.n,
    );
    run.run(arrays.n);
    stepped(core);
    const logs = readTrackers(core, program.trackers);
    return options.return_dict ? logs : inOrder(logs, program);
  }

  /** Gradients of the loss on one batch for every weight that is trained; nothing changes. */
  gradients(
    x: unknown,
    y?: unknown,
    options: Omit<BatchOptions, "return_dict"> = {},
  ): { path: string; shape: readonly number[]; data: Float32Array }[] {
    const { core } = this;
    checkOptions("gradients", options, GRADIENTS);
    const given = trainingArrays(core, x, y, options.sample_weight);
    const arrays: Arrays = options.class_weight ? classWeights(given, options.class_weight) : given;
    const bound = bind(core, arrays.inputs);
    const program = programFor(core, bound, "gradients", arrays);
    assertBatches(program, arrays.n, arrays.n);
    const run = executable(core, program, arrays.n);
    fill(
      run,
      feeds(arrays, bound, new Set(program.graph.inputs.map((node) => node.attrs.name))),
      0,
      arrays.n,
    );
    // drawing a mask counts: the seeds are put back
    const seeds = seedVariables(core.ir).map(
      ({ variable }) => [variable, core.session.view(variable).slice()] as const,
    );
    run.run(arrays.n);
    for (const [seed, held] of seeds) core.session.view(seed).set(held);
    return trainableWeights(core.ir).map(({ path, shape }) => ({
      path,
      shape,
      data: run.result(gradientResult(path)).slice(),
    }));
  }

  /** The optimizer, undefined before `compile`. */
  get optimizer(): ModelOptimizer | undefined {
    const { core } = this;
    const optimizer = core.compile?.optimizer;
    return optimizer && optimizerOf(core, optimizer);
  }

  /** Sets back to 0 what stateful layers remember from batch to batch. */
  resetStates(): void {
    const { session, ir } = this.core;
    for (const { variables } of rememberedBy(ir))
      for (const variable of variables) session.view(variable).fill(0);
  }

  save(path: string): Promise<unknown> {
    const { save } = this.core.platform;
    if (save) return save(this, path);
    throw new ModelError({
      code: "no-paths",
      message: "This model was made without a way to save files.",
      received: path,
    });
  }

  /** The direction in which a metric improves: for callbacks. */
  directionOf(monitor: string): "up" | "down" | undefined {
    for (const bound of this.core.bounds.values())
      for (const { compiled } of bound.programs.values()) {
        const metric = compiled?.metrics.find((m) => m.name === monitor || m.key === monitor);
        if (metric) return metric.def.direction;
      }
    return monitor === "loss" ? "down" : undefined;
  }
}

const copied = ({ shape, data }: ModelWeight): Tensor => ({ shape, dtype: "float32", data: data.slice() });

/** A model ready to run: its weights given or drawn, its dropout seeded or random. */
export function createModel(options: CreateOptions): Model {
  const { ir, session, seed, platform = consolePlatform(), rebuild, keras } = options;
  const core: Core = {
    ...{
      ir,
      session,
      platform,
      seed,
      keras,
      bounds: new Map(),
      compile: undefined,
      optimizerBuilt: false,
      exposed: false,
    },
    rebuild:
      rebuild &&
      ((shape) => {
        core.ir = rebuild(shape);
        initialise(core, core.ir, undefined);
        resetSlots(core);
      }),
  };
  initialise(core, ir, options.arrays);
  return new Model(core);
}

/** Weights from files where there are any, else drawn as Keras draws them; seeds of random layers. */
function initialise({ session }: Core, ir: IrModel, arrays: CreateOptions["arrays"]): void {
  refuseOversized(ir);
  const uniform = session.engine === "wasm" ? wasmUniform() : undefined;
  for (const { weight } of modelWeights(ir)) {
    const draw = (): Float32Array => initialValues(weight, anySeed(), uniform);
    session.put(weightVariable(weight), arrays?.get(weight.path)?.data ?? draw);
  }
  for (const { variable, seed } of seedVariables(ir)) {
    const view = session.view(variable);
    new Uint32Array(view.buffer, view.byteOffset, 2).set([seedWord(seed ?? anySeed()), 0]);
  }
  session.touch();
}
/** No engine can hold more; said before anything is drawn. */
function refuseOversized(ir: IrModel): void {
  const bytes = weightBytes(ir);
  if (bytes <= ADDRESSABLE) return;
  throw new ModelLimitError({
    code: "memory-limit",
    message: `The weights of the model ${ir.name} need more memory than WebAssembly can address.`,
    expected: `at most ${ADDRESSABLE} bytes`,
    received: `${bytes} bytes`,
  });
}

const anySeed = (): number => 1 + Math.floor(Math.random() * 1e9);
