import type { Layer, Weight } from "../ir/model.ts";
import type { SavedBy } from "../ir/saved-arrays.ts";
import { type LegacyKeras, legacyOrder, type Owner, ownersIn } from "./legacy-order.ts";
import type { LegacyFile, LegacyLayer } from "./model-file.ts";
import { type NamedArray, type StoredArray, toFloat32 } from "./stored-array.ts";

/** What a file says of the Keras that wrote it, as far as its arrays tell more than their shapes. */
export interface Origin extends SavedBy {
  readonly keras: LegacyKeras;
  /** Theano is not named by the file: its weights' names are not those of TensorFlow. */
  readonly assumed: boolean;
}

/**
 * Where a file's arrays come from. Keras 1 does not say on what it ran; the names of TensorFlow's variables end in
 * a number, those of Theano's do not.
 */
export function originOf({ keras_version, backend, weights }: LegacyFile): Origin {
  const keras1 = keras_version === undefined || /^[01](\.|$)/.test(keras_version);
  const names = weights.flatMap((layer) => layer.weights.map((weight) => weight.name));
  const assumed = keras1 && backend === undefined && !names.some((name) => /:\d+$/.test(name));
  const keras = keras1 ? "1" : Number.parseInt(keras_version) >= 3 ? "3" : "2";
  return { keras1, theano: assumed || backend === "theano", assumed, keras };
}

/** The arrays that a file has for a layer, for its weights in the order given. */
export interface LayerArrays {
  readonly weights: readonly Weight[];
  readonly arrays: readonly StoredArray[];
  /** Whether kernels were turned. */
  readonly turned: boolean;
}

/** The arrays of one top-level layer as Keras 3 has them; their number tells whether they fit. */
export function layerArrays(layer: Layer, saved: LegacyLayer, origin: Origin): LayerArrays {
  const weights = legacyOrder(layer, origin.keras);
  if (origin.keras === "3") return { weights, arrays: saved.weights, turned: false };
  const owners = ownersIn(layer);
  const { arrays, rest } = arraysFor(weights, owners, saved.weights, origin);
  const kernels = weights.filter(({ shape }) => shape.length > 2);
  const turned = origin.theano && kernels.some((weight) => owners.get(weight)!.def?.older_arrays);
  return { weights, arrays: [...arrays, ...rest], turned };
}

/** Reads the arrays of these weights, and says what follows them. */
export type ArraysFor = (
  weights: readonly Weight[],
  next: readonly NamedArray[],
) => { readonly arrays: readonly StoredArray[]; readonly rest: readonly NamedArray[] };

export type Owners = ReadonlyMap<Weight, Owner>;
/** Layer by layer, the arrays of these weights. */
export function arraysFor(
  weights: readonly Weight[],
  owners: Owners,
  next: readonly NamedArray[],
  origin: Origin,
): ReturnType<ArraysFor> {
  const arrays: StoredArray[] = [];
  let rest = next;
  for (const run of runsOf(weights, owners)) {
    const taken = takenBy(owners.get(run[0])!, run, rest, origin);
    arrays.push(...taken.arrays);
    rest = rest.slice(taken.count);
  }
  return { arrays, rest };
}

/** Weights that follow each other, belong to the same layer and are trained, or not, together. */
export function runsOf(weights: readonly Weight[], owners: Owners): readonly (readonly Weight[])[] {
  const runs: Weight[][] = [];
  for (const weight of weights) {
    const last = runs.at(-1)?.[0];
    if (last && owners.get(last) === owners.get(weight) && last.trainable === weight.trainable)
      runs.at(-1)!.push(weight);
    else runs.push([weight]);
  }
  return runs;
}

interface Taken {
  readonly count: number;
  readonly arrays: readonly StoredArray[];
}

/** No layer of Keras 1 kept more arrays than this for one weight of today: those of four gates. */
const MOST = 4;

/** What the layer makes of the next arrays; types that it does not look at stay as the file has them. */
export function takenBy(
  { def, config }: Owner,
  run: readonly Weight[],
  next: readonly NamedArray[],
  origin: Origin,
): Taken {
  if (!def?.older_arrays) return { count: run.length, arrays: next.slice(0, run.length) };
  const given = next
    .slice(0, MOST * run.length)
    .map((array) => ({ shape: array.shape, data: toFloat32(array) }));
  const shapes = run.map((weight) => weight.shape);
  const { count, arrays } = def.older_arrays(given, config as never, origin, shapes);
  return { count, arrays: arrays.map((array) => ({ ...array, dtype: "float32" })) };
}
