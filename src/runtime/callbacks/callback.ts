import type { Tensor } from "../../ir/tensor.ts";

/** What callbacks are shown: metric names to values, as Keras's `logs`. */
export type Logs = Record<string, number>;

/** What a callback may ask of the model it watches. */
export interface Watched {
  stopTraining: boolean;
  getWeights(): readonly Tensor[];
  setWeights(weights: readonly unknown[]): void;
  save(path: string): Promise<unknown>;
  /** "up" where larger is better; undefined for a name that no metric has. */
  directionOf(monitor: string): "up" | "down" | undefined;
}

type Result = void | Promise<void>;

/** Keras's hooks, all optional; what they return is awaited. `logs` may be changed: later callbacks see it. */
export interface Callback {
  set_model?(model: Watched): void;
  set_params?(params: { readonly epochs: number; readonly steps: number; readonly verbose: number }): void;
  on_train_begin?(logs?: Logs): Result;
  on_train_end?(logs?: Logs): Result;
  on_epoch_begin?(epoch: number, logs?: Logs): Result;
  on_epoch_end?(epoch: number, logs?: Logs): Result;
  on_train_batch_begin?(batch: number, logs?: Logs): Result;
  on_train_batch_end?(batch: number, logs?: Logs): Result;
  /** The same as `on_train_batch_begin` and `on_train_batch_end` where those are missing. */
  on_batch_begin?(batch: number, logs?: Logs): Result;
  on_batch_end?(batch: number, logs?: Logs): Result;
  on_test_begin?(logs?: Logs): Result;
  on_test_end?(logs?: Logs): Result;
  on_test_batch_begin?(batch: number, logs?: Logs): Result;
  on_test_batch_end?(batch: number, logs?: Logs): Result;
}

/** What built-in callbacks need of the world: given to them as `fit` begins. */
export interface World {
  readonly write: (text: string) => void;
  readonly writeText?: (path: string, text: string, append: boolean) => Promise<void>;
  readonly hasText?: (path: string) => Promise<boolean>;
}

/** A callback that comes with the library: it may write text and files through the platform. */
export interface BuiltIn extends Callback {
  enter?(world: World): void;
}
