import { ModelError } from "../../diagnostics.ts";
import type { Limits } from "../../diagnostics/limits.ts";
import type { Keras3File, ModelFile, TfjsFile } from "../model-file.ts";
import { decodeGroups, type Decoded, type FetchPart } from "./decode.ts";
import { isOwn } from "./is-tfjs.ts";
import { readManifest } from "./manifest.ts";
import { kerasTraining } from "./training.ts";

type Json = Readonly<Record<string, unknown>>;
const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

/** What a `model.json` says of its model. */
export interface Topology {
  /** The model as Keras's JSON, in the dialect of whoever wrote it. */
  readonly config: Json;
  /** The Keras that saved the model, where a converter brought it from there. */
  readonly keras_version?: string;
  /** TensorFlow.js saved it: its layers mean what TensorFlow.js computes. */
  readonly own: boolean;
  /** The arguments of `compile` as Keras's `training_config` has them. */
  readonly training?: Json;
}

/** The architecture in a document; undefined where it lists weights alone. */
export function readTopology(document: Json): Topology | undefined {
  const topology = Object.hasOwn(document, "modelTopology") ? document.modelTopology : document;
  if (topology === undefined || topology === null || (topology === document && !isOwn(document)))
    return undefined;
  if (document.format === "graph-model" || (isRecord(topology) && Array.isArray(topology.node)))
    throw graphModel();
  if (!isRecord(topology)) throw noTopology();
  const config = isRecord(topology.model_config) ? topology.model_config : topology;
  const { keras_version } = { ...config, ...topology };
  const own = isOwn({ keras_version });
  const training = isRecord(document.trainingConfig)
    ? kerasTraining(document.trainingConfig)
    : topology.training_config;
  return {
    config,
    own,
    ...(typeof keras_version === "string" && !own && { keras_version }),
    ...(isRecord(training) && { training }),
  };
}

const graphModel = (): ModelError =>
  new ModelError({
    code: "tfjs-graph-model",
    message: "This is a graph model of TensorFlow.js: it holds operations of TensorFlow, but no layers.",
    expected: "a layers model of TensorFlow.js",
    received: 'the format "graph-model"',
    hint: "Take the Keras model (.keras, .h5) that it was converted from.",
  });
const noTopology = (): ModelError =>
  new ModelError({
    code: "tfjs-manifest",
    message: "The architecture is not as TensorFlow.js writes it.",
    at: { path: "modelTopology" },
    expected: "an object",
  });

/** The weights that a document lists, fetched and decoded. */
export async function readTfjsWeights(document: Json, fetch: FetchPart, limits: Limits): Promise<ModelFile> {
  const arrays = await decodeGroups(readManifest(document.weightsManifest ?? [], limits), fetch, limits);
  if (arrays.some(({ name }) => KERAS3.test(name))) return keras3File(arrays);
  return {
    format: "tfjs",
    layout: "tfjs",
    weights: arrays.filter(({ ofOptimizer }) => !ofOptimizer),
    optimizer: arrays.filter(({ ofOptimizer }) => ofOptimizer),
  } satisfies TfjsFile;
}

/** Names in what the converter makes of a `.keras` file: the paths of its HDF5 part. */
const KERAS3 = /(^|\/)vars\/\d+$/;
const OPTIMIZER = "optimizer/vars/";

function keras3File(arrays: readonly Decoded[]): Keras3File {
  const number = ({ name }: Decoded): number => Number(name.slice(OPTIMIZER.length));
  const slots = arrays.filter(({ name }) => name.startsWith(OPTIMIZER));
  const others = arrays.filter(({ name }) => !/^(optimizer|metrics)\//.test(name));
  return {
    format: "tfjs",
    layout: "keras3",
    weights: new Map(others.map((array) => [array.name, array])),
    optimizer: slots.sort((a, b) => number(a) - number(b)),
  };
}
