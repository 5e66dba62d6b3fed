import type { BundleSource } from "./bundle.ts";
import { ModelError } from "./diagnostics.ts";
import { chooseLoss } from "./ir/catalogues.ts";
import { checkCompile, isOneOf, lossesOf, type Outputs, resolveCompile } from "./ir/compile-args.ts";
import type { Step } from "./ir/bundle-graph.ts";
import type { Sizes } from "./ir/graph.ts";
import { logNames } from "./ir/metrics-by-output.ts";
import { leaves, type Layer, type Model as IrModel } from "./ir/model.ts";
import type { CompileSpec } from "./ir/spec.ts";
import { countParams } from "./ir/summary/totals.ts";
import { formatShape, type Dim, type Shape } from "./ir/tensor.ts";
import { outputResult, type Place, predictGraph } from "./ir/train.ts";
import { rememberedBy } from "./ir/variables.ts";
import { type Core, kindOf, placeNames } from "./runtime/core.ts";
import type { LayerRow } from "./codegen/bundle/parts.ts";

/** Sizes that `None` dimensions of inputs take: by input name, or for the only input, without the batch. */
export type InputShapes = readonly number[] | Readonly<Record<string, readonly number[]>>;

/** A model as a bundle is made from it: all sizes but the batch known, and a step of training where asked for. */
export function bundleSource(
  core: Core,
  input_shape: InputShapes | undefined,
  training: boolean,
): BundleSource {
  const ir = builtFor(core, input_shape);
  if (training) refuseRemembering(ir);
  const names = placeNames(ir.inputs);
  const given = shapesByName(names, input_shape);
  const inputs = leaves(ir.inputs).map((value, k): Place => ({
    name: names[k],
    sizes: sizesOf(names[k], value.shape, given),
  }));
  const outputs = outputsOf(ir, inputs);
  const step = training ? stepOf(core, ir, inputs, outputs) : undefined;
  return {
    model: ir,
    rows: ir.layers.map(rowOf),
    inputs,
    outputs,
    ...(step && { step }),
    value: (variable) => core.session.view(variable),
  };
}

/** Predictions and steps of training are one program, which would go on from each other's states. */
function refuseRemembering(ir: IrModel): void {
  const [found] = rememberedBy(ir);
  if (!found) return;
  const { name, class_name } = found.layer;
  throw new ModelError({
    code: "unsupported-option",
    message: `${class_name} "${name}" is stateful: a bundle that trains remembers nothing between batches.`,
    at: { path: name },
    hint: "Make a bundle that only predicts, set stateful to false, or train the model with loadModel.",
  });
}

/** An unbuilt Sequential is built for the shape that was given for its input. */
function builtFor(core: Core, input_shape: InputShapes | undefined): IrModel {
  if (core.ir.built) return core.ir;
  const shape = input_shape && (Array.isArray(input_shape) ? input_shape : Object.values(input_shape)[0]);
  if (!shape || !core.rebuild) {
    const message = `The input shape of the model ${core.ir.name} is not known.`;
    throw new ModelError({
      code: "input-shape",
      message,
      hint: "Give it: input_shape (--input-shape 28,28,1).",
    });
  }
  core.rebuild([null, ...(shape as readonly number[])]);
  return core.ir;
}

function shapesByName(
  names: readonly string[],
  given: InputShapes | undefined,
): ReadonlyMap<string, readonly number[]> {
  if (given === undefined || given === null) return new Map();
  const record = Array.isArray(given)
    ? { [names[0]]: given as readonly number[] }
    : (given as Record<string, readonly number[]>);
  const extra = Object.keys(record).filter((name) => !names.includes(name));
  const ambiguous = Array.isArray(given) && names.length > 1;
  if (extra.length === 0 && !ambiguous) return new Map(Object.entries(record));
  const message = ambiguous
    ? "The model has several inputs: say which one input_shape is for."
    : `The model has no input ${extra.join(", ")}.`;
  throw new ModelError({ code: "input-shape", message, expected: names.join(", ") });
}

function sizesOf(name: string, shape: Shape, given: ReadonlyMap<string, readonly number[]>): Sizes {
  const bound = given.get(name);
  const inner = shape.slice(1);
  const fits = (d: Dim, k: number): boolean => d === null || d === bound?.[k];
  if (
    bound &&
    !(
      bound.length === inner.length &&
      inner.every(fits) &&
      bound.every((d) => Number.isSafeInteger(d) && d > 0)
    )
  ) {
    const message = `The given shape does not fit the input ${name}.`;
    throw new ModelError({
      code: "input-shape",
      message,
      expected: formatShape(inner),
      received: formatShape(bound),
    });
  }
  const sizes = bound ?? inner;
  if (sizes.every((d): d is number => d !== null)) return ["n", ...sizes];
  throw new ModelError({
    code: "input-shape",
    message: `The input ${name} has sizes that are not known; all but the batch are needed.`,
    received: formatShape(shape),
    hint: `Give them: input_shape (--input-shape ${name}=${inner.map((d) => d ?? "N").join(",")}).`,
  });
}

function outputsOf(ir: IrModel, inputs: readonly Place[]): Outputs {
  const names = placeNames(ir.outputs);
  const open: Outputs = { kind: kindOf(ir.outputs), names, ...logNames(ir), shapes: [] };
  const graph = predictGraph(ir, inputs, open);
  return { ...open, shapes: open.names.map((_name, k) => graph.results.get(outputResult(open, k))!.shape) };
}

/** One row of the table that generated source begins with. */
function rowOf(layer: Layer): LayerRow {
  const output = layer.model
    ? leaves(layer.model.outputs).map((v) => v.shape)
    : (layer.calls.at(-1)?.outputs ?? []).map((v) => v.shape);
  return {
    name: layer.name,
    class_name: layer.class_name,
    output: output.map(formatShape).join(", "),
    params: countParams(layer),
  };
}

function stepOf(core: Core, model: IrModel, inputs: readonly Place[], outputs: Outputs): Step {
  const spec = trainable(core.compile?.spec);
  const optimizer = checkCompile(spec, outputs);
  if (!optimizer)
    throw new ModelError({ code: "not-compiled", message: "The model was compiled without an optimizer." });
  const labels = lossesOf(spec.loss, outputs).map((loss, k) => labelSizes(loss, outputs.shapes[k]));
  const signature = { labels, weights: outputs.names.map(() => undefined) };
  const compiled = resolveCompile(spec, outputs, signature);
  return {
    training: { model, inputs, outputs, compiled, signature },
    optimizer,
    continues: core.optimizerBuilt,
  };
}

function trainable(spec: CompileSpec | undefined): CompileSpec {
  if (!spec) {
    const message = "A bundle that trains needs a model that was compiled.";
    throw new ModelError({
      code: "not-compiled",
      message,
      hint: "Call model.compile first (--optimizer, --loss).",
    });
  }
  return { optimizer: spec.optimizer, loss: spec.loss, loss_weights: spec.loss_weights, at: spec.at };
}

/** Labels have the shape of the predictions, or are class numbers where the loss counts classes. */
function labelSizes(loss: unknown, predictions: Sizes): Sizes | undefined {
  if (loss === null || loss === undefined) return undefined;
  const counts = !isOneOf(loss, ["crossentropy", "ce"]) && chooseLoss(loss).def.classes !== undefined;
  return counts ? predictions.slice(0, -1) : predictions;
}
