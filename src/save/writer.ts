import type { Spawn } from "../formats/hdf5.ts";
import type { NamedArray } from "../formats/stored-array.ts";
import type { WeightValues } from "../formats/weights-h5.ts";
import type { Model } from "../ir/model.ts";
import type { Generation } from "../ir/fields.ts";
import type { CompileSpec } from "../ir/spec.ts";
import type { KerasJson } from "../parser/keras-json-write.ts";

/** A model as writers see it. What costs anything is made when it is asked for; ModelErrors say what a file cannot hold. */
export interface Content {
  readonly model: Model;
  readonly keras: Generation;
  /** The version whose files are written: "3.15.1". */
  readonly keras_version: string;
  /** As Keras writes it: "2026-01-31@12:00:00". */
  readonly date_saved: string;
  /** Files of layers by their names in a `.keras` archive. */
  readonly assets?: ReadonlyMap<string, Uint8Array>;
  /** What `compile` was told, in the words of `keras`; undefined where the model is not compiled. */
  settings(): CompileSpec | undefined;
  readonly spawn: Spawn;
  /**
   * The architecture alone, as `keras` says it: `model.to_json()` of Keras 3, and of Keras 2 its class_name and config; or
   * what stands in an `.h5` file.
   */
  architecture(form?: "h5"): Promise<KerasJson>;
  /**
   * The settings of `compile` as `keras` saves them, the learning rate as it is now; undefined where the model is not
   * compiled. Numbers that Python must see as floats are boxed: `pythonJson` spells them.
   */
  compile_config(form?: "h5"): Readonly<Record<string, unknown>> | undefined;
  /** By path of the IR's weights. Throws where the model is not built. */
  weights(): WeightValues;
  /** The optimizer's variables in Keras's order, under Keras's names; none while it has made no update. */
  optimizer(): readonly NamedArray[];
}

/** The files of a model that takes several, by their names. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A format that models are written in. */
export interface Writer {
  /** What `--format` and `toBytes` call it. */
  readonly name: string;
  /** Endings of paths that mean it, the longest that fits before others; none for a folder of files. */
  readonly endings: readonly string[];
  /** The generations of Keras that it can be written for, the one that is meant where none is named first. */
  readonly keras: readonly Generation[];
  /** Whether weights are among what is written; else a model without any can be written as it is. */
  readonly weights: boolean;
  /** One file's bytes, or several files for one folder. */
  write(content: Content): Promise<Uint8Array | Files>;
}

/** Keeps the name's own type, which types of the API are made of. */
export const defineWriter = <const W extends Writer>(writer: W): W => writer;
