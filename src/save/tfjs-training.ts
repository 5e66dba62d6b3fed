import { ModelError } from "../diagnostics.ts";
import type { Weight } from "../formats/tfjs/encode.ts";
import { owners, tfjsName } from "../formats/tfjs/names.ts";
import { scaled } from "../formats/tfjs/optimizer.ts";
import { type Optimizer, OPTIMIZERS, tfjsLoss, tfjsMetric } from "../formats/tfjs/training.ts";
import { trainableWeights } from "../ir/train.ts";
import type { Content } from "./writer.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a `model.json` says of training. */
interface Training {
  readonly trainingConfig: Json;
  /** The optimizer's variables, slot by slot. */
  readonly variables: readonly Weight[];
}

/**
 * The settings of `compile` and the optimizer's state for TensorFlow.js. Undefined where it cannot say all of them:
 * then the page has to call `compile` itself, and nothing goes on with other settings than before.
 */
export function trainingOf(content: Content): Training | undefined {
  const compile = compileOf(content);
  if (!compile || compile.loss_weights || compile.weighted_metrics) return undefined;
  const optimizer = optimizerOf(compile.optimizer as Json | null);
  const loss = named(compile.loss, tfjsLoss);
  const metrics = named(compile.metrics ?? [], tfjsMetric);
  if (!optimizer || loss === undefined || metrics === undefined) return undefined;
  const { known, config } = optimizer;
  const trainingConfig = { loss, metrics, optimizer_config: { class_name: known.tfjs, config } };
  return { trainingConfig, variables: variablesOf(content, known, Number(config.learningRate)) };
}

/** What Keras 2 cannot say, TensorFlow.js cannot say either. */
function compileOf(content: Content): Json | undefined {
  try {
    return content.compile_config();
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}

/** Options that mean nothing at these values. */
const IDLE: readonly unknown[] = [null, undefined, false, 0];
/** Options that only name things, or matter only where others are set. */
const SILENT: ReadonlySet<string> = new Set(["name", "jit_compile", "is_legacy_optimizer", "ema_momentum"]);

function optimizerOf(
  optimizer: Json | null,
): { readonly known: Optimizer; readonly config: Json } | undefined {
  const given = unboxed((optimizer?.config ?? {}) as Json);
  const wanted = given.momentum && optimizer?.class_name === "SGD" ? "Momentum" : undefined;
  const known = OPTIMIZERS.find(
    ({ keras, tfjs }) => keras === optimizer?.class_name && tfjs === (wanted ?? tfjs),
  );
  if (!known) return undefined;
  const says = new Set(known.options.map(([, keras]) => keras));
  const unsaid = Object.entries(given).some(
    ([key, value]) => !says.has(key) && !SILENT.has(key) && !IDLE.includes(value),
  );
  if (unsaid || typeof given.learning_rate !== "number") return undefined;
  return { known, config: Object.fromEntries(known.options.map(([tfjs, keras]) => [tfjs, given[keras]])) };
}

/** Numbers that are boxed to look like Python's floats, as numbers. */
const unboxed = (config: Json): Json =>
  Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, value instanceof Number ? value.valueOf() : value]),
  );

/** Names wherever Keras's stand; undefined where one has no counterpart. */
function named(nest: unknown, name: (id: unknown) => string | undefined): unknown {
  const all = (parts: readonly unknown[]): unknown[] | undefined => {
    const found = parts.map((part) => named(part, name));
    return found.includes(undefined) ? undefined : found;
  };
  if (Array.isArray(nest)) return all(nest);
  if (typeof nest !== "object" || nest === null || "class_name" in nest) return name(nest);
  const found = all(Object.values(nest));
  return found && Object.fromEntries(Object.keys(nest).map((key, k) => [key, found[k]]));
}

function variablesOf(content: Content, { keras, slots }: Optimizer, rate: number): Weight[] {
  const saved = content.optimizer();
  if (saved.length === 0) return [];
  const names = new Map(
    owners(content.model).flatMap(({ layer }) =>
      layer.weights.map((w) => [w.path, tfjsName(layer, w)] as const),
    ),
  );
  const iterations = Int32Array.of(Number(saved[0].data[0]));
  const head: Weight = { name: "iter", shape: [], dtype: "int32", data: iterations, group: "optimizer" };
  const arrays = slots.flatMap(([tfjs, slot]) =>
    trainableWeights(content.model).flatMap((weight): Weight[] => {
      const array = saved.find(({ name }) => name.endsWith(`/${weight.path.replaceAll("/", "_")}_${slot}`));
      if (!array) return [];
      const value = keras === "SGD" ? scaled(array, -1 / rate) : array;
      return [{ ...value, name: `${names.get(weight.path)}/${tfjs}`, group: "optimizer" }];
    }),
  );
  return [head, ...arrays];
}
