import type { Where } from "../diagnostics.ts";
import type { OlderKeras } from "./fields.ts";

/**
 * What every parser yields: a model as somebody wrote it. Plain data; configs are not yet validated, shapes not
 * yet inferred; every part remembers where it stood, so that later errors point at the source.
 */
export interface ModelSpec {
  readonly class_name: "Sequential" | "Functional";
  readonly name: string;
  /** The name came from Keras's per-class counter (`sequential_1`), so that other Keras versions may spell it otherwise. */
  readonly auto_name: boolean;
  readonly trainable: boolean;
  /** Each layer once. Sequential: in order, the InputLayer first where there is one. Functional: Keras's config order. */
  readonly layers: readonly LayerSpec[];
  /** Functional only. */
  readonly inputs: NestOf<TensorRef>;
  readonly outputs: NestOf<TensorRef>;
  /** Sequential without InputLayer that was built from data: the shape, batch first. */
  readonly build_input_shape?: readonly (number | null)[];
  /** Of a Sequential whose first layer, a model, got its input too late to give it one. */
  readonly waits?: true;
  /** Sequential without InputLayer that a call or `fit` builds: the name Keras's counter gives its hidden InputLayer. */
  readonly input_name?: string;
  readonly compile?: CompileSpec;
  /** Set on the outermost model where Keras 1 or 2 wrote it: its layers compute as they did there. */
  readonly older?: OlderKeras;
  /** On the outermost model: what its reader had to leave out. */
  readonly notes?: readonly Note[];
  readonly at: Where;
}

export interface LayerSpec {
  /** Keras 3 class name, not yet looked up: "Dense". */
  readonly class_name: string;
  readonly name: string;
  readonly auto_name: boolean;
  /** Keras 3 keys (snake_case) without `name`; `trainable` and `dtype` may be among them. */
  readonly config: Readonly<Record<string, unknown>>;
  /** The config is validated already: every field present. */
  readonly whole?: true;
  /** Of an InputLayer, whose config has no place for it: frozen with its model. Only summaries show it. */
  readonly trainable?: false;
  /** Set for a nested Sequential or Functional; then `config` is empty. */
  readonly model?: ModelSpec;
  /** Of a Sequential that waits for its input: what another model called the layer on last, from which Keras 3 knows its sizes. */
  readonly called_on?: readonly (number | null)[];
  /** Functional only: every call of this layer inside the model, in Keras's node order. */
  readonly calls: readonly CallSpec[];
  /** Equal ids in one document are one layer object (a snippet that uses a layer in two models). */
  readonly id?: number;
  /** What only Keras 1 shows of it. */
  readonly keras1?: Keras1View;
  /** Seeds drawn when the layer was constructed (unseeded initializers in field order, then the layer's own). */
  readonly draws?: readonly number[];
  /** Position of each config key in the source, where it is known better than `at`. */
  readonly key_at?: Readonly<Record<string, Where>>;
  /** How Python spells the value of each config key; absent in other sources. */
  readonly said?: Readonly<Record<string, string>>;
  readonly at: Where;
}

/** What the summary of Keras 1 says otherwise of a layer. */
export interface Keras1View {
  /** Its class there. */
  readonly class_name?: string;
  /** Its own flag, whatever models around it say. */
  readonly trainable?: boolean;
  /**
   * Where a Sequential begins with models side by side: those are `apart`, so that no connections are shown, what merges
   * them, and the inputs that were made for them, are `never` listed; where it begins with such a model, that is its `start`.
   */
  readonly listed?: "apart" | "never" | "start";
  /** Its place among the layers of such a model, where the weights of a file have it. */
  readonly place?: number;
}

/** One call of a layer. Positional arguments, then keyword ones; tensors anywhere inside are references. */
export interface CallSpec {
  readonly args: readonly Argument[];
  readonly kwargs: Readonly<Record<string, Argument>>;
  /** Its number among all calls of the layer object, those outside this model too, where that is known. */
  readonly number?: CallNumber;
  readonly at: Where;
}

/** Keras 3 calls the layers of a Sequential again whenever one is added; Keras 2 does not. */
export interface CallNumber {
  readonly keras2: number;
  readonly keras3: number;
}

/** Output `tensor` of call number `node` (0-based among the calls of that layer in this model) of layer `layer`. */
export interface TensorRef {
  readonly kind: "tensor";
  readonly layer: string;
  readonly node: number;
  readonly tensor: number;
}

export type NestOf<T> = T | readonly NestOf<T>[] | { readonly [key: string]: NestOf<T> };
/** An array that stands in the source, row-major. */
export interface ArrayLiteral {
  readonly kind: "array";
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly data: readonly number[];
}
/** Python's `start:stop:step`. */
export interface SliceLiteral {
  readonly kind: "slice";
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}
/** What a call of an operation may hold besides tensors and plain values; `ellipsis` is Python's `...`. */
export type Literal = ArrayLiteral | SliceLiteral | { readonly kind: "ellipsis" };
export type Argument = NestOf<TensorRef | Literal | number | string | boolean | null>;

/** Arguments of `compile`, each a Keras string, a Keras JSON object, or a list or record of them. */
export interface CompileSpec {
  readonly optimizer?: unknown;
  readonly loss?: unknown;
  readonly loss_weights?: unknown;
  readonly metrics?: unknown;
  readonly weighted_metrics?: unknown;
  readonly at: Where;
  /** Position of each argument's value, where it is known better than `at`. */
  readonly key_at?: Readonly<Record<string, Where>>;
  /** Functions or classes of the snippet are among them, by their names. */
  readonly own_code?: true;
  /** The layers (`LayerSpec.id`) whose weights Keras 2.0.9 to 2.3 show as those that are trained, until it is compiled anew. */
  readonly trained?: readonly number[];
}

/** A message that does not stop anything: a skipped line, a guess that was made. */
export interface Note {
  readonly message: string;
  readonly at?: Where;
}
