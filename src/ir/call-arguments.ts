import type { Field } from "./fields.ts";

/**
 * A tensor, a list of tensors, a list of masks of which some may be missing, an operand (a tensor, an array of the source or
 * a number), or a list of operands, that a call takes beside its input.
 */
export interface TensorArgument {
  readonly takes: "tensor" | "tensors" | "masks" | "operand" | "operands";
  /** The call must give it. */
  readonly required?: true;
  /** Python's `*operands`: all that stands at its place and behind it. */
  readonly variadic?: true;
}

/** What a call of a layer takes beside its input, by Python's names and in their order; fields are plain values. */
export type CallArguments = Readonly<Record<string, TensorArgument | Field<unknown>>>;
export type NoArguments = Readonly<Record<never, never>>;

export const tensor = { takes: "tensor" } as const;
export const needed = { takes: "tensor", required: true } as const;
export const tensors = { takes: "tensors" } as const;
export const masks = { takes: "masks" } as const;
export const operand = { takes: "operand", required: true } as const;
export const operands = { takes: "operands", required: true } as const;

type BoundOf<A, T> = A extends { readonly takes: "tensor"; readonly required: true }
  ? T
  : A extends { readonly takes: "tensor" }
    ? T | undefined
    : A extends { readonly takes: "tensors" }
      ? readonly T[] | undefined
      : A extends { readonly takes: "masks" }
        ? readonly (T | undefined)[] | undefined
        : A extends { readonly takes: "operand" }
          ? A extends { readonly required: true }
            ? T | number
            : T | number | undefined
          : A extends { readonly takes: "operands" }
            ? readonly (T | number)[]
            : A extends Field<infer V, unknown>
              ? V
              : never;
/** The arguments of one call, each tensor as a `T`: its shape or its node. Plain ones have their value or default. */
export type Bound<C extends CallArguments, T> = { readonly [K in keyof C]: BoundOf<C[K], T> };

/** Whether an argument is made of tensors. */
export const takesTensors = (argument: CallArguments[string]): argument is TensorArgument =>
  "takes" in argument;

/** Names of the tensors that a call cannot do without, beside its input. */
export const requiredIn = (call: CallArguments = {}): string[] =>
  Object.entries(call).flatMap(([name, argument]) =>
    takesTensors(argument) && argument.required ? [name] : [],
  );
