import { ModelError } from "../diagnostics.ts";
import { type Config, type Fields, int, nullable } from "./fields.ts";
import type { UniformBetween } from "./random/draws.ts";
import { formatShape } from "./tensor.ts";

/** An initializer: the values a weight starts from. */
export interface InitializerDef<F extends Fields = Fields> {
  /** Keras 3 class name. */
  readonly name: string;
  /** Other names that Keras takes for it. */
  readonly aliases: readonly string[];
  /** One line for the docs: the formula. */
  readonly doc: string;
  readonly config: F;
  /** The Keras 3 that introduced it, where no Keras 2 has it. */
  readonly since?: string;
  /** The class name that files of every Keras 3 may have, where newer ones write another. */
  readonly saved?: string;
  /** It draws random numbers: where its config has no seed, the layer gives one at construction. */
  readonly random: boolean;
  /** Row-major values; `seed` is what random ones draw from, `uniform` how an engine draws many numbers. */
  draw(c: Config<F>, shape: readonly number[], seed: number, uniform?: UniformBetween): Float32Array;
}

export function defineInitializer<const F extends Fields>(initializer: InitializerDef<F>): InitializerDef<F> {
  return initializer;
}

/** Every random initializer's seed: null where the layer's construction draws one. */
export const seed = nullable(int());

/** Refuses a shape that an initializer has no values for. */
export function misfit(name: string, expected: string, shape: readonly number[]): never {
  const message = `${name} cannot make weights of this shape.`;
  throw new ModelError({ code: "initializer-shape", message, expected, received: formatShape(shape) });
}
