import type { Builder } from "./builder.ts";
import type { Bound, CallArguments, NoArguments } from "./call-arguments.ts";
import type { ConstraintConfig, InitializerConfig, RegularizerConfig } from "./config.ts";
import type { Config, Fields, OlderKeras } from "./fields.ts";
import type { Node, Variable } from "./graph.ts";
import type { NestOf } from "./spec.ts";
import type { SavedArray, SavedBy, Taken } from "./saved-arrays.ts";
import type { Shape } from "./tensor.ts";

/** A weight as its layer declares it. */
export interface WeightSpec {
  readonly shape: readonly number[];
  readonly initializer: InitializerConfig;
  readonly regularizer?: RegularizerConfig | null;
  readonly constraint?: ConstraintConfig | null;
  /** False for state such as moving averages. */
  readonly trainable?: boolean;
  /** Path of the part that owns it, below the layer, in Keras's weight files: "query_dense", "cell". */
  readonly holder?: string;
  /** Tells which variable it is where one layer object stands in several places: its id and the weight's name. */
  readonly origin?: string;
  /** Its path in the model where Keras made it before the layer that holds it. */
  readonly path?: string;
  /** Set where factors are trained in its place. */
  readonly adapted?: AdaptedBy;
  /** What `initializer` draws where it does not draw the whole at once: a list's elements, piece after piece. */
  readonly pieces?: readonly { readonly shape: readonly number[]; readonly initializer: InitializerConfig }[];
}
/**
 * A layer computes with the sum of the weight and `scale` times the product of two others; Keras 3's own files hold
 * that sum alone.
 */
export interface AdaptedBy {
  /** Their names in the layer. */
  readonly factors: readonly [string, string];
  readonly scale: number;
}
export type WeightSpecs = Readonly<Record<string, WeightSpec | undefined>>;
/** The weights as nodes of a program: present exactly where declared. */
export type Weights<W extends WeightSpecs> = {
  readonly [K in keyof W]: undefined extends W[K] ? Node | undefined : Node;
};

/** Says that a shape does not fit; the caller adds the layer and its place. */
export type Misfit = (expected: string, received: string, hint?: string) => never;

/** What a layer is lowered with besides its input and weights. */
export interface Extra<C extends CallArguments> {
  /** Of the layer's own random numbers, where it draws any. */
  readonly seed?: Variable;
  /** The same of a layer that this one holds, by its path: see `parts`. */
  part_seed(path: string): Variable;
  /** What the layer, or one that it holds, remembers from batch to batch. */
  remembered(path?: string): readonly Variable[];
  /** The Keras 1 or 2 that the layer is to compute as, where that is not Keras 3. */
  readonly older?: OlderKeras;
  /** Set where the model says how many rows a batch has. */
  readonly fixed_batch?: true;
  /** How many axes behind the first count samples, too: Keras 1 and 2 make one batch of all steps. */
  readonly sample_axes?: number;
  /** Adds what a regularizer makes of an output of a layer that this one holds to the loss, for each sample, so many times. */
  penalise(regularizer: RegularizerConfig, output: Node, times?: number): void;
  /** The masks that came with the tensors of the input. */
  readonly masks: readonly Mask[];
  /** What else the call brought. A `mask` that nobody gave is the input's own, `query_mask` that of `query`, and so on. */
  readonly args: Bound<C, Node>;
}
/** One 0 or 1 for every sample and step; undefined where everything counts. */
export type Mask = Node | undefined;

/** A symbolic call whose mask is computed by further calls: its inputs, and the masks that these have. */
export interface MaskSite<T> {
  readonly x: readonly T[];
  readonly masks: readonly (T | undefined)[];
  /** Calls an operation of Keras, by its class, on tensors, numbers or one list of tensors. */
  make(
    operation: string,
    config: Readonly<Record<string, unknown>>,
    ...args: readonly (T | number | readonly T[])[]
  ): T;
}

/** A layer inside another one. */
export interface InnerLayer {
  readonly def: LayerDef;
  readonly name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** The seeds that it drew when it was constructed, before the layer that holds it. */
  readonly draws?: readonly number[];
  /** See `LayerSpec.id`. */
  readonly id?: number;
}

/** Which steps count, of shape [n, steps, 1]. */
export interface StepMasks {
  /** In the order in which the steps are made. */
  readonly steps: Node;
  /** For the outputs that are to be 0. */
  readonly zeroes: Node;
}
/** How an RNN runs a cell over a sequence. */
export interface StepsWanted {
  /** What is carried into the first step; zeros where absent. */
  readonly initial: readonly Node[] | undefined;
  readonly masks: StepMasks | undefined;
  readonly backwards: boolean;
  /** The random numbers of the cell or, under a path, of one that it holds. */
  seed(path?: string): Variable;
  /** Whether the last output is the very tensor that the cell makes, as it is where Keras writes the steps out. */
  readonly unrolled: boolean;
}
/** What a cell made of a sequence. */
export interface StepsTaken {
  /** The output of every step, in the order in which they were made: [n, steps, width]. */
  all(): Node;
  /** The output of the last step: [n, width]. */
  last(): Node;
  /** What the last step carried on. */
  readonly states: readonly Node[];
}
/** What makes a layer a cell, whose steps an RNN makes. */
export interface CellRole<C> {
  /** Sizes of what it carries from step to step, a row. */
  widths(c: C): readonly number[];
  /** Size of its output. */
  units(c: C): number;
  run(
    b: Builder,
    c: C,
    x: Node,
    w: Readonly<Record<string, Node | undefined>>,
    wanted: StepsWanted,
  ): StepsTaken;
}

/** A class of Keras 1 or 2 that is another layer by now. */
export interface OlderClass {
  readonly name: string;
  /** What its config says where it is this layer and not another: some keys with their values. */
  readonly says?: Readonly<Record<string, unknown>>;
  /** What goes without saying there, in today's words. */
  readonly means?: Readonly<Record<string, unknown>>;
  /** Keys of its config that say nothing more. */
  readonly silent?: readonly string[];
  /** What it did otherwise, where that can be seen. */
  readonly note?: string;
}
/** What files of Keras 1 and 2 say in other words than Keras 3, besides what single fields know. */
export interface OlderWords {
  readonly classes?: readonly OlderClass[];
  /** Keys that say nothing. */
  readonly silent?: readonly string[];
  /** The input shape, without the batch, that a first layer of a Sequential gives itself there. */
  input_shape?(config: Readonly<Record<string, unknown>>): readonly (number | null)[];
  /** The input shape, without the batch, that a first layer with arrays of these shapes must have had. */
  input_of?(
    config: Readonly<Record<string, unknown>>,
    shapes: readonly (readonly number[])[],
  ): readonly (number | null)[] | undefined;
  /** Refuses inputs of which it computed there what no Keras has computed since. */
  fits?(
    config: Readonly<Record<string, unknown>>,
    x: readonly Shape[],
    from: OlderKeras,
    misfit: Misfit,
  ): void;
  /** What keys say together, once each is in today's words; `from`: the Keras that wrote them. */
  settle?(config: Readonly<Record<string, unknown>>, from: OlderKeras): Readonly<Record<string, unknown>>;
  /** Keys whose options nothing has had since: left out with a note where they say more than their first value here. */
  readonly gone?: Readonly<Record<string, { readonly nothing: unknown; readonly note: string }>>;
  /** Keys that say nothing at these values, and are not supported at others. */
  readonly only?: Readonly<Record<string, readonly unknown[]>>;
  /** The releases (`Release.number`) from which on its calls heed masks that come with their inputs, and hand masks on. */
  readonly masks_since?: { readonly heeds: number; readonly hands_on?: number };
  /** The releases from which on its flag freezes the layers inside it, until Keras 3; all of them where absent. */
  readonly freezes_since?: { readonly keras?: number; readonly tensorflow?: number };
}

interface Common<F extends Fields, C extends CallArguments> {
  /** Keras 3 class name. */
  readonly name: string;
  /** One line for the docs: the formula. */
  readonly doc: string;
  /** Older class names that mean the same. */
  readonly aliases?: readonly string[];
  readonly config: F;
  /** Python's module where that is not keras.layers: a function that stands among layers. */
  readonly module?: string;
  /** Python's module of a class that is not in keras.layers. */
  readonly home?: string;
  /** Its activity_regularizer is that of the layers inside it: `lower` applies it. */
  readonly passes_regularizer?: true;
  /** Keras 3 trains the weights of the layers inside it by their own flags: its `trainable` says nothing of them. */
  readonly trains_parts?: true;
  /** Layers that it holds add to the loss by what they give out: see `Extra.penalise`. */
  penalises?(c: Config<F>): boolean;
  /** Type of what it gives out, perhaps by those of its arguments; "float32" where absent. */
  readonly dtype?: string | ((c: Config<F>, args: Bound<C, string>) => string);
  /** A function: all that a call takes is among `call`, nothing is its input. */
  readonly operands?: true;
  /** Python's name of the input; "inputs" where absent. */
  readonly input?: string;
  /** What a call takes beside the input. */
  readonly call?: C;
  /** The argument that the tensors after the first of a list stand for: tf.keras put initial states there. */
  readonly list_rest?: keyof C & string;
  /** How many tensors a call gives out where that is not one. */
  outputs?(c: Config<F>, args: Bound<C, unknown>): number;
  /** How many tensors stand at each place of what a call gives out, where several may: Python has lists there. */
  groups?(c: Config<F>): readonly number[] | undefined;
  /** A mask passes through, or through `mask`; where absent a mask ends here. */
  readonly supports_masking?: true;
  /** The masks of its inputs become one: where all of them count in Keras 2, where any of them does in Keras 3. */
  readonly joins_masks?: true;
  /** How Keras 3 computes the mask of the output of a symbolic call, where that is not the one that came. */
  mask_nodes?<T>(c: Config<F>, site: MaskSite<T>): T | undefined;
  /** In Keras 3 its calls take the masks off the tensors they are given, for every later user of these, too. */
  readonly strips_masks?: true;
  /** Classes of the layers that it makes at its first call without naming them, so that Keras counts them. */
  unnamed?(c: Config<F>): readonly string[];
  /** Keys of older versions that say nothing new. */
  readonly ignored?: readonly string[];
  readonly older?: OlderWords;
  /** Its arrays, the first of those that come next in a file of Keras 1 or 2, as Keras 3 has them; as they are where absent. */
  older_arrays?(
    next: readonly SavedArray[],
    c: Config<F>,
    by: SavedBy,
    shapes: readonly (readonly number[])[],
  ): Taken;
  /** Keras has a `build` for it, so that files carry `build_config`. */
  readonly builds?: true;
  /** Arguments of a call that Keras 2 does not have. */
  readonly new_arguments?: readonly (keyof C & string)[];
  /** Arguments of a call that Keras 2 has lately, and not in all its versions. */
  readonly late_arguments?: readonly (keyof C & string)[];
  /** Keras 2 names its parts with an underscore first. */
  readonly hides_parts?: true;
  /** What Keras 2 wants in the config beside its fields; `shapes` are those of the first call. */
  keras2_config?(
    c: Config<F>,
    shapes: Readonly<Record<string, NestOf<Shape>>>,
  ): Readonly<Record<string, unknown>>;
  /** Settles keys that say the same thing and refuses keys that do not go together; runs after each was read. */
  complete?(c: Config<F>, wrong: (key: string, expected: string, received: string) => void): Config<F>;
  /** The `seed` of the layer's own random numbers; undefined when this config draws none. */
  seed?(c: Config<F>): number | null | undefined;
  /** Set for what stands in an RNN and cannot be called alone. */
  readonly cell?: CellRole<Config<F>>;
  /** Options that may be a list: the layer that Keras makes of it, and which of that layer's options it is. */
  readonly listed?: Readonly<Record<string, { readonly class_name: string; readonly key: string }>>;
  /** What it remembers of every row from batch to batch: so many numbers each; nothing where absent. */
  remembers?(c: Config<F>): readonly number[];
  /** It draws that seed before those of its weights. */
  readonly seeds_first?: true;
  /** The layers that it holds, by the path of each below this one in Keras's weight files. */
  parts?(c: Config<F>): Readonly<Record<string, InnerLayer>>;
  /** What Keras 3 says of the shapes of its outputs, by those of its inputs, where they have others. */
  reports?(
    c: Config<F>,
    outputs: readonly Shape[],
    x: readonly Shape[],
    args: Bound<C, Shape>,
  ): readonly Shape[];
  /** What Keras 3 says of the shapes of its outputs where its rule asks less of the inputs than a run does. */
  says?(c: Config<F>, args: Bound<C, Shape>, misfit: Misfit): Shape | readonly Shape[];
  /** Keras 2 has a tuple of its outputs, not a list. */
  readonly gives_tuple?: true;
  /** Where it has nothing to do it gives out the very tensor that it got; the others of Keras make another one. */
  readonly hands_on?: true;
  /** It does the same along all axes but the last: its input may have more of these than it was made for. */
  leading_axes?(c: Config<F>): boolean;
  /** Heeds `Extra.sample_axes`. */
  readonly counts_samples?: true;
  /** What draws a seed not at construction but when the layer is built, in order: weights by name, or "seed". */
  build_draws?(c: Config<F>): readonly string[];
}

/** A layer with one input tensor. */
export interface LayerOne<
  F extends Fields,
  W extends WeightSpecs,
  C extends CallArguments = NoArguments,
> extends Common<F, C> {
  readonly arity?: "one";
  /** It takes no input: the data of a model enters here. */
  readonly source?: true;
  /** Output shape or shapes, batch included; `misfit` where the input cannot be. */
  output(c: Config<F>, x: Shape, misfit: Misfit, args: Bound<C, Shape>): Shape | readonly Shape[];
  weights?(c: Config<F>, x: Shape, args: Bound<C, Shape>): W;
  lower(b: Builder, c: Config<F>, x: Node, w: Weights<W>, extra: Extra<C>): Node | readonly Node[];
  /** The masks of the outputs, from the input's or the one that was passed; that one, on the first, where absent. */
  mask?(b: Builder, c: Config<F>, x: Node, mask: Mask, extra: Extra<C>): Mask | readonly Mask[];
}

/** A layer that takes a list of tensors. */
export interface LayerMany<
  F extends Fields,
  W extends WeightSpecs,
  C extends CallArguments = NoArguments,
> extends Common<F, C> {
  readonly arity: "many";
  output(c: Config<F>, x: readonly Shape[], misfit: Misfit, args: Bound<C, Shape>): Shape | readonly Shape[];
  weights?(c: Config<F>, x: readonly Shape[], args: Bound<C, Shape>): W;
  lower(b: Builder, c: Config<F>, x: readonly Node[], w: Weights<W>, extra: Extra<C>): Node | readonly Node[];
  mask?(
    b: Builder,
    c: Config<F>,
    x: readonly Node[],
    masks: readonly Mask[],
    extra: Extra<C>,
  ): Mask | readonly Mask[];
}

/** Any layer, its own types forgotten. */
export type LayerDef =
  LayerOne<Fields, WeightSpecs, CallArguments> | LayerMany<Fields, WeightSpecs, CallArguments>;

/** What `lower` and `output` of a layer give, one or several, as a list. */
export const listOf = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? one : [one as T]);
/** The shapes among what `output` gives; a shape is a list itself. */
export const shapesIn = (output: Shape | readonly Shape[]): readonly Shape[] =>
  Array.isArray(output[0]) ? (output as readonly Shape[]) : [output as Shape];

export function defineLayer<
  const F extends Fields,
  const W extends WeightSpecs,
  const C extends CallArguments = NoArguments,
>(layer: LayerOne<F, W, C>): LayerOne<F, W, C> {
  return layer;
}
export function defineMerge<
  const F extends Fields,
  const W extends WeightSpecs,
  const C extends CallArguments = NoArguments,
>(layer: LayerMany<F, W, C>): LayerMany<F, W, C> {
  return layer;
}
