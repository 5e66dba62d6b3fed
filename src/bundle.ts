import { type Diagnostic, ModelError } from "./diagnostics.ts";
import { compile, SCALAR_TARGET, type Compiled, type Entry, type Heap, wasmTarget } from "./compile.ts";
import type { Target } from "./codegen/generate.ts";
import type { Winograd } from "./codegen/tile.ts";
import { scheduleOf } from "./ir/fields/learning-rate.ts";
import { bundleGraph, gradientVariable, type Step } from "./ir/bundle-graph.ts";
import type { Outputs } from "./ir/compile-args.ts";
import type { Graph, Node, Variable } from "./ir/graph.ts";
import { modelWeights, type Model } from "./ir/model.ts";
import { uniqueNames } from "./ir/names.ts";
import { numel } from "./ir/tensor.ts";
import { labelInput, outputResult, predictGraph, trainableWeights, type Place } from "./ir/train.ts";
import { optimizerVariables, sharedVariable, slotsOf } from "./ir/optimizer-variables.ts";
import { iteration, learningRate, rememberedBy, seedVariables, weightVariable } from "./ir/variables.ts";
import { interpretSession } from "./runtime/interpret-session.ts";
import { aligned } from "./codegen/memory.ts";
import { emitBinary } from "./codegen/bundle/binary.ts";
import {
  goldenInput,
  type BundleParts,
  type Golden,
  type LabelPort,
  type LayerRow,
  type Named,
  type Port,
} from "./codegen/bundle/parts.ts";
import { declaration } from "./codegen/bundle/runtime.ts";
import { emitSource } from "./codegen/bundle/source.ts";

/** What a bundle is asked to be. */
export interface BundleOptions {
  readonly target: "wasm" | "ts" | "js";
  /** Safe for a file name. */
  readonly name: string;
  readonly weights: "inline" | "file" | "none";
  /** Rows the arena holds; as many as a stateful model was built for, or 32, where nobody says. */
  readonly batch?: number;
  /** False: fused multiply-add, other last bits on other machines. */
  readonly deterministic: boolean;
  readonly winograd: Winograd;
  /** Expected outputs for the golden input by output, from elsewhere than the interpreter. */
  readonly expected?: readonly Float32Array[];
}

/** The model, its sizes, and what its variables hold. */
export interface BundleSource {
  readonly model: Model;
  readonly rows: readonly LayerRow[];
  readonly inputs: readonly Place[];
  readonly outputs: Outputs;
  readonly step?: Step;
  value(variable: Variable): Float32Array;
}

const ROWS = 32;
const GOLDEN_ROWS = 3;
/** Of the outputs' scale; what float32 in another order of summation may differ by. */
const TOLERANCE = 1e-5;

/** A standalone module and what belongs beside it, by file name. */
export function bundle(source: BundleSource, options: BundleOptions): Map<string, Uint8Array> {
  const parts = partsOf(source, options);
  const { name, target } = options;
  const text = new TextEncoder();
  const files = new Map<string, Uint8Array>();
  if (target === "ts") files.set(`${name}.ts`, text.encode(emitSource(parts, { types: true })));
  const code =
    target === "wasm"
      ? emitBinary(parts, { fma: !options.deterministic })
      : emitSource(parts, { types: false });
  files.set(`${name}.js`, text.encode(code));
  files.set(`${name}.d.ts`, text.encode(declaration(parts)));
  const { values } = parts.initial;
  if (options.weights === "file") {
    files.set(
      `${name}.weights.bin`,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength).slice(),
    );
  }
  return files;
}

/** Persistent memory from the bottom: what has an initial value first. */
class Layout implements Heap {
  private top = 64;
  private readonly places = new Map<string, number>();

  variable(variable: Variable): number {
    const offset = this.places.get(variable.name) ?? this.keep(numel(variable.shape));
    this.places.set(variable.name, offset);
    return offset;
  }
  keep(size: number): number {
    const offset = this.top;
    this.top += aligned(size);
    return offset;
  }
  arena(size: number): number {
    return this.keep(size);
  }
  get size(): number {
    return this.top;
  }
}

/** Everything the files of a bundle are written from. */
export function partsOf(source: BundleSource, options: BundleOptions): BundleParts {
  const { model, inputs, outputs, step } = source;
  const graph = bundleGraph(model, inputs, outputs, step);
  const results = outputs.names.map((_, k) => outputResult(outputs, k));
  const names = uniqueNames(outputs.names);
  const { rows } = graph;
  const entries: Entry[] = [{ name: "predict", results, assigns: rows !== undefined }];
  if (step) entries.push({ name: "step", results: ["loss"], assigns: true });
  const heap = new Layout();
  const start = heap.size;
  const held = withInitialValue(source, graph);
  for (const variable of held) heap.variable(variable);
  const values = new Float32Array(heap.size - start);
  const [state] = held.slice(modelWeights(model).length);
  for (const variable of held) values.set(source.value(variable), heap.variable(variable) - start);
  const compiled = compile(graph, batchOf(rows, options.batch), targetOf(options), heap, entries);
  const named = (path: string, variable: Variable): Named => {
    return { path, shape: variable.shape, offset: heap.variable(variable), size: numel(variable.shape) };
  };
  const weights = modelWeights(model).map(({ weight }) => named(weight.path, weightVariable(weight)));
  const training = step && trainingParts(step, model, compiled, named);
  return {
    title: model.name,
    rows: source.rows,
    plan: { ...compiled.plan, size: heap.size },
    inputs: inputs.map((place) => port(place.name, place.sizes, compiled.inputs.get(place.name))),
    outputs: results.map((name, k) => port(names[k], outputs.shapes[k], compiled.results.get(name)!)),
    ...(training && { training }),
    weights,
    states: rememberedBy(model).flatMap(({ variables }) =>
      variables.map((variable) => named(variable.name, variable)),
    ),
    initial: { offset: start, values },
    inline: inlined(options.weights, values, state ? heap.variable(state) - start : values.length),
    golden: goldenOf(source, options),
  };
}

/** A model that remembers something of every row runs with as many as it was built for. */
export function batchOf(rows: number | undefined, asked: number | undefined): number {
  if (rows === undefined || asked === undefined || asked === rows) return rows ?? asked ?? ROWS;
  throw new ModelError({
    code: "bad-option",
    message: "A layer of the model is stateful: every batch must have the size that the model was built for.",
    expected: `batch_size ${rows}`,
    received: String(asked),
  });
}

/** The target that a bundle's options ask for. */
export const targetOf = ({ target, deterministic, winograd }: BundleOptions): Target =>
  target === "wasm" ? wasmTarget({ fma: !deterministic, winograd }) : SCALAR_TARGET;

/** Of the initial values those that stand in the module: all, those after the weights, or none. */
function inlined(
  where: BundleOptions["weights"],
  values: Float32Array,
  state: number,
): Float32Array | undefined {
  if (where === "file") return undefined;
  return where === "inline" ? values : values.subarray(state);
}

const port = (name: string, sizes: Place["sizes"], buffer: Port["buffer"]): Port => ({
  name,
  shape: sizes.slice(1) as number[],
  buffer,
});

/** Variables that do not start at zero, in the order they are stored. */
function withInitialValue({ model, step }: BundleSource, graph: Graph): Variable[] {
  const weights = modelWeights(model).map(({ weight }) => weightVariable(weight));
  const constants = constantsOf(graph);
  if (!step) return [...weights, ...constants];
  const rate = scheduleOf(step.optimizer.config) ? [iteration] : [iteration, learningRate];
  const slots = slotsOf(step.optimizer, trainableWeights(model));
  const started = slots.filter(({ initial }) => step.continues || initial !== 0).map((one) => one.variable);
  const { shared } = step.optimizer.def;
  return [
    ...weights,
    ...constants,
    ...seedVariables(model).map((one) => one.variable),
    ...rate,
    ...started,
    ...(shared ? [sharedVariable(shared)] : []),
  ];
}

function constantsOf(graph: Graph): Variable[] {
  const read = graph.nodes.flatMap((node) =>
    node.op === "variable" ? [(node as Node<"variable">).attrs.variable] : [],
  );
  return read.filter((variable) => variable.kind === "constant");
}

function trainingParts(
  step: Step,
  model: Model,
  { inputs, results }: Compiled,
  named: (path: string, variable: Variable) => Named,
): NonNullable<BundleParts["training"]> {
  const { outputs, signature } = step.training;
  const labels = uniqueNames(outputs.names).flatMap((name, k) => {
    const sizes = signature.labels[k];
    return sizes
      ? [{ ...port(name, sizes, inputs.get(labelInput(outputs, k))!), ...classesOf(step, k) }]
      : [];
  });
  const trained = trainableWeights(model);
  return {
    labels,
    loss: results.get("loss")!,
    gradients: trained.map((weight) => named(weight.path, gradientVariable(weight))),
    optimizer: optimizerVariables(step.optimizer, trained).map(({ path, variable }) => named(path, variable)),
  };
}

/** Where the loss of an output takes class numbers, how many classes there are and which number it leaves out. */
function classesOf(
  { training: { compiled, outputs } }: Step,
  k: number,
): Pick<LabelPort, "classes" | "ignored"> {
  const loss = compiled.losses.find(({ output }) => output === k);
  const classes = loss?.def.classes?.(loss.config, outputs.shapes[k]);
  const ignored = loss?.config.ignore_class;
  return { ...(classes !== undefined && { classes }), ...(typeof ignored === "number" && { ignored }) };
}

function expectedRows(expected: readonly Float32Array[], { names, shapes }: Outputs): number {
  const row = (k: number): number => shapes[k].slice(1).reduce<number>((p, d) => p * (d as number), 1);
  const rows = expected[0].length / row(0);
  const problems = names.flatMap((name, k): Diagnostic[] =>
    Number.isInteger(rows) && rows > 0 && expected[k].length === rows * row(k)
      ? []
      : [
          {
            code: "expected-shape",
            message: `The expected values do not fit the output ${name}.`,
            expected: `as many rows for every output, ${row(k)} numbers each`,
            received: `${expected[k].length} numbers`,
          },
        ],
  );
  if (problems.length) throw new ModelError(problems);
  return rows;
}

/** What the reference interpreter computes for the golden input. */
function goldenOf(source: BundleSource, { expected }: BundleOptions): Golden {
  const { model, inputs, outputs } = source;
  if (expected) return { rows: expectedRows(expected, outputs), outputs: expected, tolerance: TOLERANCE };
  const session = interpretSession();
  for (const { weight } of modelWeights(model)) {
    const variable = weightVariable(weight);
    session.put(variable, source.value(variable));
  }
  const graph = predictGraph(model, inputs, outputs);
  const { rows: size = GOLDEN_ROWS } = graph;
  // the second batch shows what was remembered of the first
  const batches = graph.rows === undefined ? [0] : [0, 1];
  const run = session.prepare(graph, size);
  const read = new Set(graph.inputs.map((node) => node.attrs.name));
  const made = batches.map((batch) => {
    inputs.forEach(({ name }, k) => {
      if (!read.has(name)) return;
      const input = run.input(name);
      input.set(
        goldenInput(k, batches.length * input.length)
          .subarray(batch * input.length)
          .subarray(0, input.length),
      );
    });
    run.run(size);
    return outputs.names.map((_, k) => run.result(outputResult(outputs, k)).slice());
  });
  const found = outputs.names.map((_, k) => Float32Array.from(made.flatMap((each) => [...each[k]])));
  return { rows: batches.length * size, outputs: found, tolerance: TOLERANCE };
}
