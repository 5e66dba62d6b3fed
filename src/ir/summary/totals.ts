import { ModelError } from "../../diagnostics.ts";
import { modelWeights, type Layer, type Model, type Weight, type WeightState } from "../model.ts";
import { numel } from "../tensor.ts";
import { twoDecimals } from "./python.ts";

/** Elements and bits of some weights. */
export interface Size {
  readonly count: number;
  readonly bits: number;
}

export interface Totals {
  readonly total: Size;
  readonly trainable: Size;
  readonly non_trainable: Size;
  /** Of a built optimizer; counted in `total`. */
  readonly optimizer?: Size;
}

export interface Counting {
  /** A frozen model freezes all inside, as before Keras 3. */
  readonly every?: boolean;
  /** Keras 1 does not count the models with which a nested model begins, and asks no model whether it is frozen. */
  readonly keras1?: boolean;
  /** The layers whose weights count as trained, whatever counts as frozen beside them. */
  readonly trained?: readonly number[];
  /** Keras 3 counts a bool as a bit, older Keras as a byte. */
  readonly bool_bits: 1 | 8;
  /** Elements of a built optimizer's variables; the counter among them has 64 bits. */
  readonly optimizer_params?: number;
}

/** Sizes of a model's weights, each weight once. */
export function totals(model: Model, { bool_bits, optimizer_params, ...counting }: Counting): Totals {
  const owner = owners(model);
  const states = counted(model, owner, counting);
  const sizeOf = (weights: readonly WeightState[]): Size =>
    weights.map(({ weight }) => weightSize(weight, owner.get(weight), bool_bits)).reduce(add, nothing);
  const trained = counting.trained && new Set<number | undefined>(counting.trained);
  const trainable = sizeOf(
    states.filter(({ weight, trainable }) =>
      trained ? weight.trainable && trained.has(owner.get(weight)?.id) : trainable,
    ),
  );
  const non_trainable = sizeOf(states.filter((state) => !state.trainable));
  const sum = add(trainable, non_trainable);
  if (optimizer_params === undefined) return { total: sum, trainable, non_trainable };
  const optimizer = {
    count: optimizer_params,
    bits: optimizer_params * 32 + (optimizer_params > 0 ? 32 : 0),
  };
  return { total: add(sum, optimizer), trainable, non_trainable, optimizer };
}

/** The weights that count, with whether they are trained. */
function counted(
  model: Model,
  owner: ReadonlyMap<Weight, Layer>,
  { every, keras1 }: Pick<Counting, "every" | "keras1">,
): WeightState[] {
  const states = modelWeights(model, every);
  if (!keras1) return states;
  const uncounted = new Set<Layer | undefined>(apart(model));
  return states
    .filter(({ weight }) => !uncounted.has(owner.get(weight)))
    .map(({ weight }) => ({ weight, trainable: weight.trainable && ownFlag(owner.get(weight)) }));
}

/** Elements of a layer's weights; a nested model's count once each. */
export function countParams(layer: Layer): number {
  const weights = layer.model ? modelWeights(layer.model).map((state) => state.weight) : layer.weights;
  return weights.reduce((n, weight) => n + numel(weight.shape), 0);
}

const nothing: Size = { count: 0, bits: 0 };
const add = (a: Size, b: Size): Size => ({ count: a.count + b.count, bits: a.bits + b.bits });

function weightSize(weight: Weight, layer: Layer | undefined, bool_bits: number): Size {
  const count = numel(weight.shape);
  const dtype = variableType(weight, layer);
  return { count, bits: count * (dtype === "bool" ? bool_bits : bitsOf(dtype)) };
}

/** The type in which Keras keeps the weight: a layer's policy decides for floats, and mixed ones keep float32. */
function variableType(weight: Weight, layer: Layer | undefined): string {
  const policy = layer?.dtype ?? "float32";
  return weight.dtype !== "float32" || policy.startsWith("mixed_") ? weight.dtype : policy;
}

function bitsOf(dtype: string): number {
  const bits = /^(?:bfloat16|(?:float|u?int)(8|16|32|64))$/.exec(dtype);
  if (bits) return Number(bits[1] ?? 16);
  throw new ModelError({
    code: "unsupported-dtype",
    message: "The summary cannot tell the size of weights of this type.",
    expected: "float16, bfloat16, float32, float64, an integer type or bool",
    received: dtype,
  });
}

const ownFlag = (layer: Layer | undefined): boolean => layer?.keras1?.trainable ?? layer?.trainable ?? false;

/** The layers of models side by side with which models inside begin. */
function apart(model: Model): Layer[] {
  return model.layers.flatMap((layer) =>
    layer.model ? [...besides(layer.model), ...apart(layer.model)] : [],
  );
}
const besides = ({ layers }: Model): Layer[] =>
  layers.filter(({ keras1 }) => keras1?.listed === "apart").flatMap(within);
const within = (layer: Layer): Layer[] => [layer, ...(layer.model?.layers.flatMap(within) ?? [])];

function owners(model: Model): Map<Weight, Layer> {
  const found = new Map<Weight, Layer>();
  const visit = (m: Model): void => {
    for (const layer of m.layers) {
      if (layer.model) visit(layer.model);
      for (const weight of layer.weights) found.set(weight, layer);
    }
  };
  visit(model);
  return found;
}

/** `638.62 KB`: bytes by steps of 1024, the first unit spelled as the version spells it. */
export function readableSize(bytes: number, byte: "B" | "Byte"): string {
  let rest = bytes;
  for (const unit of [byte, "KB", "MB", "GB", "TB", "PB"]) {
    if (rest / 1024 < 1) return `${twoDecimals(rest)} ${unit}`;
    rest /= 1024;
  }
  return `${twoDecimals(rest)} PB`;
}
