import type { Builder } from "./builder.ts";
import type { InitializerConfig, RegularizerConfig } from "./config.ts";
import type { Config, Fields } from "./fields.ts";
import type { Node, Variable } from "./graph.ts";
import type { Shape } from "./tensor.ts";

/** A weight as its layer declares it. */
export interface WeightSpec {
  readonly shape: readonly number[];
  readonly initializer: InitializerConfig;
  readonly regularizer?: RegularizerConfig | null;
  /** False for state such as moving averages. */
  readonly trainable?: boolean;
}
export type WeightSpecs = Readonly<Record<string, WeightSpec | undefined>>;
/** The weights as nodes of a program: present exactly where declared. */
export type Weights<W extends WeightSpecs> = {
  readonly [K in keyof W]: undefined extends W[K] ? Node | undefined : Node;
};

/** Says that a shape does not fit; the caller adds the layer and its place. */
export type Misfit = (expected: string, received: string, hint?: string) => never;

interface Common<F extends Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  /** One line for the docs: the formula. */
  readonly doc: string;
  /** Older class names that mean the same. */
  readonly aliases?: readonly string[];
  readonly config: F;
  /** A mask passes through; where absent a mask ends here. */
  readonly supports_masking?: true;
  /** Keras has a `build` for it, so that files carry `build_config`. */
  readonly builds?: true;
  /** Settles keys that say the same thing and refuses keys that do not go together; runs after each was read. */
  complete?(c: Config<F>, wrong: (key: string, expected: string, received: string) => void): Config<F>;
  /** The `seed` of the layer's own random numbers; undefined when this config draws none. */
  seed?(c: Config<F>): number | null | undefined;
}

/** A layer with one input tensor. */
export interface LayerOne<F extends Fields, W extends WeightSpecs> extends Common<F> {
  readonly arity?: "one";
  /** It takes no input: the data of a model enters here. */
  readonly source?: true;
  /** Output shape, batch included; `misfit` where the input cannot be. */
  output(c: Config<F>, x: Shape, misfit: Misfit): Shape;
  weights?(c: Config<F>, x: Shape): W;
  lower(b: Builder, c: Config<F>, x: Node, w: Weights<W>, seed?: Variable): Node;
}

/** A layer that takes a list of tensors. */
export interface LayerMany<F extends Fields, W extends WeightSpecs> extends Common<F> {
  readonly arity: "many";
  output(c: Config<F>, x: readonly Shape[], misfit: Misfit): Shape;
  weights?(c: Config<F>, x: readonly Shape[]): W;
  lower(b: Builder, c: Config<F>, x: readonly Node[], w: Weights<W>, seed?: Variable): Node;
}

/** Any layer, its own types forgotten. */
export type LayerDef = LayerOne<Fields, WeightSpecs> | LayerMany<Fields, WeightSpecs>;

export function defineLayer<const F extends Fields, const W extends WeightSpecs>(
  layer: LayerOne<F, W>,
): LayerOne<F, W> {
  return layer;
}
export function defineMerge<const F extends Fields, const W extends WeightSpecs>(
  layer: LayerMany<F, W>,
): LayerMany<F, W> {
  return layer;
}
