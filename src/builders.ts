import {
  callHandle,
  type Handle,
  checkTensors,
  flat,
  isSymbolic,
  isTensors,
  type ModelParts,
  type Passed,
  stamp,
  type SymbolicTensor,
  type Tensors,
} from "./builders/handles.ts";
import { maskAfter, passedMask } from "./builders/masks.ts";
import { type BuiltSpec, specOf } from "./builders/to-spec.ts";
import { ModelError } from "./diagnostics.ts";
import { type CallArguments, type NoArguments, takesTensors } from "./ir/call-arguments.ts";
import type { Field, Fields, Options } from "./ir/fields.ts";
import { isRecord, show } from "./ir/fields/schema.ts";
import { anything, checkOptions, flag, orNull } from "./ir/options.ts";
import type { base } from "./ir/layers/base.ts";
import { layerDefs, layerTable } from "./ir/layers/index.ts";

/** What a call of a layer may say besides its input. */
export interface CallOptions {
  readonly training?: boolean;
}
type InputOf<A> = A extends { readonly takes: "tensor" }
  ? SymbolicTensor
  : A extends { readonly takes: "tensors" }
    ? Tensors
    : A extends { readonly takes: "masks" }
      ? SymbolicTensor | readonly (SymbolicTensor | null)[]
      : A extends { readonly takes: "operand" }
        ? SymbolicTensor | number
        : A extends Field<infer V, unknown>
          ? V
          : never;
type Needs<A> = A extends { readonly required: true } ? true : false;
/** What a call of a layer takes by name beside its input. */
export type CallInput<C extends CallArguments> = CallOptions & {
  readonly [K in keyof C as Needs<C[K]> extends true ? K : never]: InputOf<C[K]>;
} & { readonly [K in keyof C as Needs<C[K]> extends true ? never : K]?: InputOf<C[K]> | null };
/** What a call of a layer gives: one symbolic tensor, or, where the layer gives several, the list of them, lists among them as in Keras. */
export interface LayerOutput extends SymbolicTensor, Iterable<LayerOutput> {}
type Call<C extends CallArguments> =
  Record<never, never> extends CallInput<C>
    ? (inputs: Tensors, options?: CallInput<C>) => LayerOutput
    : (inputs: Tensors, options: CallInput<C>) => LayerOutput;
/** A layer: stands in a Sequential, or is called on symbolic tensors. */
export type LayerBuilder<C extends CallArguments = NoArguments> = Call<C> & { readonly handle: Handle };
/** A model: can be turned into a runnable one, or stand in another model as a layer does. */
export interface ModelBuilder<O extends Tensors = Tensors> {
  (inputs: Tensors, options?: CallOptions): O;
  readonly handle: Handle;
}

/** Options that every layer takes. */
export type BaseOptions = Options<typeof base> & {
  readonly name?: string;
  /** Shape of the input without the batch, on the first layer of a Sequential. */
  readonly input_shape?: readonly (number | null)[];
  readonly input_dim?: number;
};
/** Options of a layer: its fields, and those of every layer. */
export type LayerOptions<F extends Fields> = Options<F> & Omit<BaseOptions, keyof F>;
type Factory<F extends Fields, C extends CallArguments> =
  Record<never, never> extends LayerOptions<F>
    ? (options?: LayerOptions<F>) => LayerBuilder<C>
    : (options: LayerOptions<F>) => LayerBuilder<C>;
type Defs = typeof layerDefs;
type ArgumentsOf<D> = D extends { readonly call?: infer C } ? Extract<C, CallArguments> : NoArguments;

function handleOf(
  class_name: string,
  options: Readonly<Record<string, unknown>>,
  model?: ModelParts,
): Handle {
  const { name, ...config } = options;
  if (typeof name !== "string" && name !== undefined && name !== null) {
    const message = `The name of a ${class_name} is no text.`;
    throw new ModelError({ code: "bad-option", message, expected: "a string", received: show(name) });
  }
  const given = name ?? undefined;
  return { class_name, name: given, config, ...(model && { model }), stamp: stamp(), calls: [] };
}

function callable(handle: Handle): LayerBuilder & ModelBuilder {
  const declared = (handle.model ? undefined : layerTable.get(handle.class_name)?.call) ?? {};
  const plain = Object.entries(declared).map(
    ([key, argument]) => [key, takesTensors(argument) ? anything : orNull(argument.schema)] as const,
  );
  const schemas = { training: orNull(flag), ...Object.fromEntries(plain) };
  const call = (inputs: Tensors, options: Readonly<Record<string, Passed>> = {}): never => {
    checkTensors(`What ${handle.class_name} is called on`, inputs);
    checkOptions(`a call of ${handle.class_name}`, options, schemas);
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    for (const [key, value] of given) {
      const parts = Array.isArray(value) ? value.filter((part) => part !== null) : value;
      if (typeof value === "object" && value !== null)
        checkTensors(`The ${key} that ${handle.class_name} is called with`, parts);
    }
    const said: Readonly<Record<string, Passed>> = Object.fromEntries(given);
    const mask = passedMask(handle, inputs, said);
    const passed = mask ? { ...said, mask } : said;
    return callHandle(handle, inputs, passed, () => maskAfter(handle, inputs, passed.mask)) as never;
  };
  return Object.assign(call, { handle }) as unknown as LayerBuilder & ModelBuilder;
}

const factory =
  (class_name: string) =>
  (options: object = {}): LayerBuilder => {
    if (!isRecord(options)) {
      const message = `The options of ${class_name} are no object.`;
      throw new ModelError({
        code: "bad-options",
        message,
        expected: "an object of options",
        received: show(options),
      });
    }
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    const { listed = {} } = layerTable.get(class_name)!;
    const gathered = given.map(([key, value]) =>
      Array.isArray(value) && Object.hasOwn(listed, key)
        ? [key, factory(listed[key].class_name)({ [listed[key].key]: value as readonly unknown[] })]
        : [key, value],
    );
    return callable(handleOf(class_name, Object.fromEntries(gathered) as Readonly<Record<string, unknown>>));
  };

/** Keras's layers, options spelled as in Keras: `layers.Dense({ units: 10, activation: "relu" })`. */
export const layers = Object.fromEntries(
  Object.keys(layerDefs).map((name) => [name, factory(name)]),
) as unknown as { readonly [K in keyof Defs]: Factory<Defs[K]["config"], ArgumentsOf<Defs[K]>> };

/** The input of a model; `shape` is without the batch. */
export function Input(options: LayerOptions<Defs["InputLayer"]["config"]>): SymbolicTensor {
  const { handle } = layers.InputLayer(options);
  const node = { layer: handle, args: [], kwargs: {}, inputs: [], stamp: stamp() };
  handle.calls.push(node);
  return { kind: "symbolic", node, index: 0 };
}

/** What stands in a Sequential: layers, models, and first perhaps an `Input`. */
export type Stackable = Pick<LayerBuilder, "handle"> | ModelBuilder | SymbolicTensor;
export interface ModelOptions {
  readonly name?: string;
  /** Python's seed: the initial weights and random layers are those of `keras.utils.set_random_seed(seed)`. */
  readonly seed?: number;
  readonly trainable?: boolean;
}

function handleIn(part: Stackable, k: number): Handle {
  if (typeof part === "function" && "handle" in part) return part.handle;
  if (isTensors(part) && isSymbolic(part)) return part.node.layer;
  const message = `Element ${k} of the list of Sequential is no layer.`;
  throw new ModelError({
    code: "bad-layer",
    message,
    expected: "a layer, a model or an Input",
    received: show(part),
  });
}

function handlesIn(stack: readonly Stackable[]): Handle[] {
  if (Array.isArray(stack)) return (stack as readonly Stackable[]).map(handleIn);
  const message = "Sequential is not given a list of layers.";
  throw new ModelError({ code: "bad-layer", message, expected: "a list of layers", received: show(stack) });
}

/** Layers one after the other. */
export function Sequential(
  stack: readonly Stackable[],
  { name, seed, trainable = true }: ModelOptions = {},
): ModelBuilder<SymbolicTensor> {
  const parts: ModelParts = {
    class_name: "Sequential",
    layers: handlesIn(stack),
    inputs: [],
    outputs: [],
    trainable,
    seed,
  };
  return callable(handleOf("Sequential", { name }, parts)) as ModelBuilder<SymbolicTensor>;
}

/** Keras cuts a model at any tensor; here data enters at Inputs alone. */
function checkSources(inputs: Tensors): void {
  const inner = flat(inputs).find(({ node }) => node.layer.class_name !== "InputLayer");
  if (!inner) return;
  throw new ModelError({
    code: "unsupported-input",
    message: "A model cannot begin at the output of a layer.",
    expected: "what Input gives",
    received: `the output of a ${inner.node.layer.class_name}`,
    hint: "Call its layers on a new Input of that shape.",
  });
}

/** A model from symbolic inputs to symbolic outputs: one tensor, a list or a record. */
export function Model<const O extends Tensors>({
  inputs,
  outputs,
  name,
  seed,
  trainable = true,
}: ModelOptions & { readonly inputs: Tensors; readonly outputs: O }): ModelBuilder<O> {
  checkTensors("The inputs of Model", inputs);
  checkTensors("The outputs of Model", outputs);
  checkSources(inputs);
  const parts: ModelParts = { class_name: "Functional", layers: [], inputs, outputs, trainable, seed };
  return callable(handleOf("Functional", { name }, parts)) as unknown as ModelBuilder<O>;
}

/** Whether a value is a model made here. */
export function isModelBuilder(value: unknown): value is ModelBuilder {
  return typeof value === "function" && "handle" in value && (value.handle as Handle).model !== undefined;
}

/** What a builder's model says, with names and draws as Keras's first session gives them. */
export const toSpec = (model: ModelBuilder): BuiltSpec => specOf(model.handle);

export { ops } from "./builders/operations.ts";
export { isSymbolic, type BuiltSpec, type SymbolicTensor, type Tensors };
