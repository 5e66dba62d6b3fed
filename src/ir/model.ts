import type { Where } from "../diagnostics.ts";
import type { ConstraintConfig, InitializerConfig, RegularizerConfig } from "./config.ts";
import type { OlderKeras } from "./fields.ts";
import { trainsWeights } from "./frozen-parts.ts";
import type { AdaptedBy, LayerDef, WeightSpec } from "./layer.ts";
import type { CallNumber, CompileSpec, Keras1View, Literal, NestOf } from "./spec.ts";
import { numel, type DType, type Shape } from "./tensor.ts";

/** What the model means: one `Layer` a layer object, one `Call` a layer call; shapes known but for the batch and other `None`s. */
export interface Model {
  readonly class_name: "Sequential" | "Functional";
  readonly name: string;
  readonly auto_name: boolean;
  readonly trainable: boolean;
  /** In Keras's `model.layers` order, a Sequential's hidden InputLayer first. */
  readonly layers: readonly Layer[];
  /** Every call in an order that can be run. Empty while a Sequential is not built. */
  readonly calls: readonly Call[];
  readonly inputs: NestOf<Value>;
  readonly outputs: NestOf<Value>;
  /** False for a Sequential whose input shape nobody has given. */
  readonly built: boolean;
  readonly compile?: CompileSpec;
  /** On the outermost model: the Keras 1 or 2 that it computes as. */
  readonly older?: OlderKeras;
  readonly at: Where;
}

export interface Layer {
  readonly name: string;
  readonly auto_name: boolean;
  readonly class_name: string;
  /** Undefined for a nested model. */
  readonly def?: LayerDef;
  /** Validated: every field present, defaults filled in. */
  readonly config: Readonly<Record<string, unknown>>;
  /** Set for a nested model. */
  readonly model?: Model;
  readonly trainable: boolean;
  /** It was frozen after it was made, and with it every layer inside it. */
  readonly frozen?: true;
  readonly dtype: string;
  /** Own weights in Keras's creation order; empty for nested models and while not built. */
  readonly weights: readonly Weight[];
  /** Seed of the layer's own random numbers (Dropout), drawn or given; undefined when it draws none or nobody seeded. */
  readonly seed?: number;
  /** The same of the layers inside it that draw, by their paths. */
  readonly part_seeds?: Readonly<Record<string, number>>;
  /** False when the layer has weights that wait for an input shape. */
  readonly built: boolean;
  /** Shapes of the first call: what Keras stores as `build_config`. */
  readonly build_shapes?: Readonly<Record<string, NestOf<Shape>>>;
  /** Calls inside the model that lists this layer, in Keras's node order; an InputLayer has one. */
  readonly calls: readonly Call[];
  /** Its last call in another model, where the one that lists it waits for its input. Only summaries show it. */
  readonly elsewhere?: Call;
  /** Why Keras cannot run it: it was made for a shape that its input is only said to have. */
  readonly fails?: { readonly expected: string; readonly received: string };
  /** Set where another model lists the same layer object and did so first: that one. */
  readonly origin?: Layer;
  /** See `LayerSpec.id`. */
  readonly id?: number;
  /** The Keras 1 or 2 that it computes as. */
  readonly older?: OlderKeras;
  readonly keras1?: Keras1View;
  readonly at: Where;
}

/** The layer object that Keras knows, whichever model lists it. */
export const objectOf = (layer: Layer): Layer => layer.origin ?? layer;

/** A layer of a model whose calls are others now. */
export function withCalls(layer: Layer, calls: readonly Call[]): Layer {
  const own = calls.filter((call) => call.layer === layer);
  return own.every((call) => layer.calls.includes(call))
    ? layer
    : { ...layer, origin: objectOf(layer), calls: own };
}

export interface Weight {
  /** "kernel" */
  readonly name: string;
  /** Keras 3 path: "sequential/dense/kernel". Unique in the outermost model. */
  readonly path: string;
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly initializer: InitializerConfig;
  /** What the initializer draws piece after piece. */
  readonly pieces?: WeightSpec["pieces"];
  /** Seed drawn at construction for an unseeded random initializer; undefined where nobody seeded. */
  readonly seed?: number;
  readonly regularizer: RegularizerConfig | null;
  readonly constraint: ConstraintConfig | null;
  /** The variable's own flag (moving averages: false), before any layer is frozen. */
  readonly trainable: boolean;
  /** The weights that are trained in its place. */
  readonly adapted?: AdaptedBy;
  /** Path of the layer that owns it: "encoder/dense_1". */
  readonly layer: string;
  /** Path of the part of that layer which owns it in Keras's weight files. */
  readonly holder?: string;
}

export interface Call {
  readonly layer: Layer;
  /** Number of this call among the layer's calls in this model. */
  readonly node: number;
  /** Number among all calls of the layer object, those outside this model too, where that is known. */
  readonly number?: CallNumber;
  /** The input as the user passed it: one value, or a list for a merge layer. */
  readonly inputs: NestOf<Value>;
  /** What was passed beside the input, by name. */
  readonly args: Readonly<Record<string, Passed>>;
  /** How many arguments stood without their name, the input first. */
  readonly positional: number;
  readonly outputs: readonly Value[];
  /** `training=` given in the call; undefined where it was not. */
  readonly training?: boolean;
  /** Something was passed by name, and said nothing: `training=None`. */
  readonly silent?: true;
}

/** An argument of a call: values, or what is plain in the source. */
export type Passed = NestOf<Value | Literal | number | string | boolean | null>;

/** One output tensor of one call. */
export interface Value {
  readonly kind: "value";
  /** Name of the layer that made it (its key in the model). */
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
  readonly shape: Shape;
  /** The shape that Keras 3 says it has, where it says another. */
  readonly reported?: Shape;
  readonly dtype: string;
}

/** The shape of a value as Keras 3 prints it, and makes later layers for it. */
export const reportedShape = (value: Value): Shape => value.reported ?? value.shape;

/** Whether data enters the model here: an InputLayer. */
export const isSource = (layer: Layer): boolean => layer.def?.arity !== "many" && layer.def?.source === true;

/** A record's entries in Keras's flat order: by key, as Python sorts strings. */
export const byKey = <T>(record: Readonly<Record<string, T>>): [string, T][] =>
  Object.entries(record).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));

/** The leaves of a nest from left to right; records by key. */
export function leaves<T extends { readonly kind: string }>(nest: NestOf<T>): T[] {
  if (Array.isArray(nest)) return (nest as readonly NestOf<T>[]).flatMap((part) => leaves(part));
  if (typeof (nest as T).kind === "string") return [nest as T];
  return byKey(nest as Record<string, NestOf<T>>).flatMap(([, part]) => leaves(part));
}

/** A nest of the same form with every leaf replaced. */
export function mapNest<T extends { readonly kind: string }, U>(
  nest: NestOf<T>,
  leaf: (value: T) => U,
): NestOf<U> {
  if (Array.isArray(nest)) return (nest as readonly NestOf<T>[]).map((part) => mapNest(part, leaf));
  if (typeof (nest as T).kind === "string") return leaf(nest as T);
  return Object.fromEntries(
    Object.entries(nest as Record<string, NestOf<T>>).map(([key, part]) => [key, mapNest(part, leaf)]),
  );
}

const isValue = (passed: Passed): passed is Value =>
  typeof passed === "object" && passed !== null && (passed as Value).kind === "value";
/** Whether an argument is an array, a slice or an ellipsis of the source. */
export const isLiteral = (passed: unknown): passed is Literal =>
  typeof passed === "object" &&
  passed !== null &&
  ["array", "slice", "ellipsis"].includes((passed as Literal).kind);
/** The values in an argument, from left to right. */
export function valuesIn(passed: Passed): Value[] {
  if (isValue(passed)) return [passed];
  if (typeof passed !== "object" || passed === null || isLiteral(passed)) return [];
  const parts = Array.isArray(passed)
    ? (passed as readonly Passed[])
    : byKey(passed as Record<string, Passed>).map(([, part]) => part);
  return parts.flatMap(valuesIn);
}
/** What tells a tensor from all others of its model. */
export const valueKey = ({ layer, node, tensor }: Value): string => JSON.stringify([layer, node, tensor]);
/** Python's name of a layer's input. */
export const inputName = (layer: Pick<Layer, "def">): string => layer.def?.input ?? "inputs";
/** All arguments of a call by name, the input first where the layer has one. */
export const argumentsOf = ({ layer, inputs, args }: Call): [string, Passed][] => [
  ...(layer.def?.operands ? [] : [[inputName(layer), inputs] satisfies [string, Passed]]),
  ...Object.entries(args),
];
/** Every value that a call uses, in Keras's order: arguments without a name, then named ones by name. */
export function usedBy(call: Call): Value[] {
  const all = argumentsOf(call);
  const named = byKey(Object.fromEntries(all.slice(call.positional)));
  return [...all.slice(0, call.positional), ...named].flatMap(([, passed]) => valuesIn(passed));
}

/** A weight together with whether it is trained. */
export interface WeightState {
  readonly weight: Weight;
  readonly trainable: boolean;
}

/** Bytes of all weights, as the float32 numbers that they are computed with. */
export const weightBytes = (model: Model): number =>
  modelWeights(model).reduce((sum, { weight }) => sum + 4 * numel(weight.shape), 0);

/**
 * All weights of a model, each once, in the order of Keras 3's `model.weights`: layer by layer, each layer's in
 * creation order, nested models in place. Keras 3 trains what neither the model's flag nor that of the weight's own
 * layer freezes; in Keras 2 (`every`) those of the nested models around it count, too.
 */
export function modelWeights(model: Model, every = false): WeightState[] {
  const seen = new Set<string>();
  const visit = (m: Model, on: boolean): WeightState[] =>
    m.layers.flatMap((layer) => {
      if (layer.model) return visit(layer.model, on && (!every || layer.trainable));
      const live = on && (every ? layer.trainable : trainsWeights(layer));
      const own = layer.weights.filter((weight) => !seen.has(weight.path));
      for (const weight of own) seen.add(weight.path);
      return own.map((weight) => ({ weight, trainable: live && weight.trainable }));
    });
  return visit(model, model.trainable);
}
