import type { Diagnostic, Where } from "../diagnostics.ts";
import type { KerasObject } from "../ir/config.ts";
import type { ModelSpec, NestOf, Note } from "../ir/spec.ts";

/** Everything a snippet says: its models, what it does with them, and the data it does that with. */
export interface Snippet {
  /** By variable; a model in no variable is under its own name. */
  readonly models: ReadonlyMap<string, ModelSpec>;
  /** The model meant. */
  readonly spec: ModelSpec;
  /** Variable (or name) of the model meant. */
  readonly variable: string;
  /** Of the last `keras.utils.set_random_seed`, or the option. */
  readonly seed?: number;
  /** Last `fit` of the model meant. */
  readonly fit?: FitSpec;
  /** Every `fit`, `evaluate` and `predict` of the model meant, in order. */
  readonly runs: readonly RunSpec[];
  readonly data: DataProgram;
  /** Arguments of the last `summary()` of the model meant. */
  readonly summary?: SummarySpec;
  /** The model meant as it was at that moment, where the snippet makes another one of it later. */
  readonly shown?: ModelSpec;
  /** What its optimizer was given to train before that: a model as it was then. */
  readonly trained?: ModelSpec;
  readonly notes: readonly Note[];
  /** Why the model cannot be run unless its weights come from a file. */
  readonly unread?: readonly Diagnostic[];
}

export type RunSpec = FitSpec | EvaluateSpec | PredictSpec;

/** `fit(…)` as written; what is absent has Keras's default. */
export interface FitSpec {
  readonly kind: "fit";
  readonly x?: NestOf<DataRef>;
  readonly y?: NestOf<DataRef>;
  readonly sample_weight?: NestOf<DataRef>;
  readonly validation_data?: ValidationData;
  readonly epochs?: number;
  readonly batch_size?: number | null;
  readonly verbose?: string | number | boolean;
  readonly validation_split?: number;
  readonly shuffle?: boolean;
  readonly initial_epoch?: number;
  readonly steps_per_epoch?: number | null;
  readonly validation_steps?: number | null;
  readonly validation_batch_size?: number | null;
  readonly validation_freq?: number | readonly number[];
  /** By class index. */
  readonly class_weight?: Readonly<Record<string, number>> | null;
  readonly callbacks?: readonly KerasObject[];
  /** Why settings could not be read: whoever runs this must refuse. */
  readonly unread?: readonly Diagnostic[];
  readonly at: Where;
}

export interface ValidationData {
  readonly x: NestOf<DataRef>;
  readonly y?: NestOf<DataRef>;
  readonly sample_weight?: NestOf<DataRef>;
}

export interface EvaluateSpec {
  readonly kind: "evaluate";
  readonly x?: NestOf<DataRef>;
  readonly y?: NestOf<DataRef>;
  readonly sample_weight?: NestOf<DataRef>;
  readonly batch_size?: number | null;
  readonly verbose?: string | number | boolean;
  readonly steps?: number | null;
  readonly return_dict?: boolean;
  readonly at: Where;
}

export interface PredictSpec {
  readonly kind: "predict";
  readonly x?: NestOf<DataRef>;
  readonly batch_size?: number | null;
  readonly verbose?: string | number | boolean;
  readonly steps?: number | null;
  readonly at: Where;
}

/** Arguments of `summary()`, as Keras spells them. */
export interface SummarySpec {
  readonly line_length?: number | null;
  readonly positions?: readonly number[] | null;
  readonly expand_nested?: boolean;
  readonly show_trainable?: boolean;
  readonly layer_range?: readonly string[] | null;
}

/** The result of a step of the data program; or a line that made data in a way that is not known, so that using them must fail. */
export type DataRef =
  | { readonly kind: "data"; readonly step: number; readonly at: Where }
  | {
      readonly kind: "unknown";
      readonly line: number;
      readonly text: string;
      /** Why, where that is not that the line is not understood. */
      readonly reason?: string;
      readonly at: Where;
    };

/** What a snippet does to its data, in order; a step names earlier steps by index. Nothing is computed here. */
export interface DataProgram {
  readonly steps: readonly DataStep[];
}

export type NumberType = "float64" | "float32" | "int64" | "int32" | "uint8" | "bool";

/** Where data comes from: a part of a Keras data set, or an array that the user gives under this name. */
export type DataSource =
  | {
      readonly op: "dataset";
      readonly dataset: string;
      readonly part: DatasetPart;
      readonly options: Readonly<Record<string, unknown>>;
    }
  | { readonly op: "given"; readonly name: string };
export type DatasetPart = "x_train" | "y_train" | "x_test" | "y_test";

export type DataStep =
  | DataSource
  /** Made by a line that is not understood: nothing may be computed from it. */
  | {
      readonly op: "unknown";
      readonly line: number;
      readonly text: string;
      readonly reason?: string;
      readonly at: Where;
    }
  | {
      readonly op: "constant";
      readonly shape: readonly number[];
      readonly dtype: NumberType;
      readonly data: readonly number[];
    }
  | {
      readonly op: "fill";
      readonly shape: readonly number[];
      readonly value: number;
      readonly dtype: NumberType;
    }
  | { readonly op: "concatenate"; readonly parts: readonly number[]; readonly axis: number }
  /** Axes turned round where none are given. */
  | { readonly op: "transpose"; readonly of: number; readonly axes: readonly number[] | null }
  /** The last two axes, 0 above (numpy's `tril`) or below (`triu`) a diagonal. */
  | {
      readonly op: "triangle";
      readonly of: number;
      readonly part: "lower" | "upper";
      readonly diagonal: number;
    }
  | { readonly op: "squeeze"; readonly of: number; readonly axis: number | null }
  | { readonly op: "index"; readonly of: number; readonly index: readonly IndexPart[] }
  | {
      readonly op: "arithmetic";
      readonly of: number;
      readonly operator: ArithmeticOperator;
      readonly value: number;
      readonly is_float: boolean;
      readonly reversed: boolean;
      readonly in_place: boolean;
    }
  | { readonly op: "astype"; readonly of: number; readonly dtype: NumberType }
  | { readonly op: "reshape"; readonly of: number; readonly shape: readonly number[] }
  | { readonly op: "expand_dims"; readonly of: number; readonly axis: number }
  | {
      readonly op: "to_categorical";
      readonly of: number;
      readonly classes: number | null;
      readonly dtype: NumberType;
    };
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** One entry of a subscript, as in numpy. */
export type IndexPart =
  | { readonly kind: "at"; readonly at: number }
  | {
      readonly kind: "range";
      readonly start: number | null;
      readonly stop: number | null;
      readonly step: number | null;
    }
  | { readonly kind: "rest" }
  | { readonly kind: "new" };
