import {
  Model as modelOf,
  type ModelBuilder,
  type ModelOptions,
  Sequential as sequentialOf,
  type Stackable,
  type SymbolicTensor,
  type Tensors,
  toSpec,
} from "./builders.ts";
import { build } from "./ir/build.ts";
import { anything, checkOptions, flag, type OptionSchemas, orNull, seed, text } from "./ir/options.ts";
import type { FloatTensor, Nest, Tensor } from "./ir/tensor.ts";
import { loadWith } from "./load.ts";
import type { Host } from "./load/host.ts";
import { checkLoadOptions, type LoadOptions } from "./load/options.ts";
import type { Source } from "./load/source.ts";
import { Model as RunningModel, newModel } from "./model.ts";

/** A tensor for each symbolic one; deeper nests keep their form without naming its parts. */
type Each<O> = { readonly [K in keyof O]: O[K] extends SymbolicTensor ? FloatTensor : Nest<Tensor> };
/** What `predict` gives for a model with these outputs. */
export type Predicted<O> = (O extends SymbolicTensor ? FloatTensor : Each<O>) extends infer Y extends
  Nest<Tensor>
  ? Y
  : Nest<Tensor>;

/** A model made in code: it runs and trains, and it can stand in another model as a layer does. */
export type BuiltModel<O extends Tensors = SymbolicTensor> = RunningModel<Predicted<O>> & ModelBuilder<O>;

const MODEL: OptionSchemas<ModelOptions> = { name: orNull(text), seed, trainable: flag };

/** The functions of the public API that touch the world, for one world. */
export function apiFor(host: Host) {
  /**
   * Opens a model: a path (in Node), a URL, bytes, a File or Blob, or its text; told apart by content. Throws a
   * ModelError that lists everything that is wrong.
   */
  async function loadModel<Y extends Nest<Tensor> = FloatTensor>(
    source: Source,
    options: LoadOptions = {},
  ): Promise<RunningModel<Y>> {
    checkLoadOptions(options);
    return loadWith<Y>(host, source, options);
  }

  /** Layers one after the other. */
  function Sequential(stack: readonly Stackable[], options: ModelOptions = {}): BuiltModel {
    checkOptions("Sequential", options, MODEL);
    return runnable(sequentialOf(stack, options), host);
  }

  /** A model from symbolic inputs to symbolic outputs: one tensor, a list or a record. */
  function Model<const O extends Tensors>(
    parts: ModelOptions & { readonly inputs: Tensors; readonly outputs: O },
  ): BuiltModel<O> {
    checkOptions("Model", parts, { ...MODEL, inputs: anything, outputs: anything });
    return runnable(modelOf(parts), host);
  }

  return { loadModel, Sequential, Model };
}

/** A builder that is a running model, too; weights are drawn when something first asks for them, and are its own. */
function runnable<O extends Tensors>(builder: ModelBuilder<O>, host: Host): BuiltModel<O> {
  const { spec, seed } = toSpec(builder);
  const seeded = seed === undefined ? {} : { seed };
  const ir = build(spec, seeded);
  let made: RunningModel | undefined;
  const model = (): RunningModel => (made ??= newModel({ spec, ir, ...seeded }, {}, host));
  return new Proxy(builder, {
    get(target, key) {
      if (key === "handle") return target.handle;
      const value: unknown = Reflect.get(model(), key);
      return typeof value === "function" ? (value.bind(model()) as unknown) : value;
    },
    set: (_target, key, value) => Reflect.set(model(), key, value),
    has: (target, key) => key in target || key in model(),
    getPrototypeOf: () => RunningModel.prototype,
  }) as unknown as BuiltModel<O>;
}
