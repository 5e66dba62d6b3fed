import type { RegularizerConfig } from "./config.ts";
import type { OlderKeras } from "./fields.ts";
import { type Release, releaseOf } from "./fields/release.ts";
import type { LayerConfig } from "./fields/inner-layer.ts";
import type { Call, Layer, Model } from "./model.ts";

/** Keras alone, and TensorFlow's up to 1.12, add penalties of outputs to the loss as they are: not divided by the batch. */
export function sumsOverBatch(older: OlderKeras | undefined): boolean {
  const release = older && releaseOf(older);
  return release !== undefined && sums(release);
}

const sums = ({ tensorflow, number }: Release): boolean => !tensorflow || number < 20200;

type Held = Pick<LayerConfig, "class_name" | "config">;
const WRAPPERS = ["TimeDistributed", "Bidirectional"];

/** The regularizer of what a layer gives out. Where batches are summed a wrapper has that of the layer inside it. */
export function activityRegularizer(layer: Layer): RegularizerConfig | undefined {
  const release = layer.older && releaseOf(layer.older);
  if (layer.def?.passes_regularizer) return undefined;
  return (release && sums(release) ? wrapped(layer, release) : own(layer)) ?? undefined;
}

const own = ({ config }: Held): RegularizerConfig | null | undefined =>
  config.activity_regularizer as RegularizerConfig | null | undefined;

function wrapped(layer: Held, release: Release): RegularizerConfig | null | undefined {
  if (!WRAPPERS.includes(layer.class_name)) return own(layer);
  if (release.tensorflow && layer.class_name === "Bidirectional") return undefined;
  return wrapped(layer.config.layer as Held, release);
}

/** A Sequential takes a model that it begins with as it is; every other nested model is run a second time. */
export const runsAgain = (model: Model, { layer }: Call): boolean =>
  model.class_name !== "Sequential" ||
  layer !== model.layers.find(({ class_name }) => class_name !== "InputLayer");

/**
 * The tensors of a call that its regularizer looks at. In a model run a second time Keras 1 looks at none, and Keras 2.0
 * to 2.1.3 at the inputs in the outputs' stead.
 */
export function penalised<T>(
  { older }: Layer,
  again: boolean,
  ins: readonly T[],
  outs: readonly T[],
): readonly T[] {
  const release = older && releaseOf(older);
  if (!again || !release || release.tensorflow || release.number >= FIXED) return outs;
  return release.number < 20000 ? [] : ins;
}
const FIXED = 20104;
