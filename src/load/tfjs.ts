import { type Diagnostic, ModelError, type Where } from "../diagnostics.ts";
import type { Limits } from "../diagnostics/limits.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { strayProblems } from "../formats/tfjs/check.ts";
import { kerasDialect } from "../formats/tfjs/dialect.ts";
import { readTfjsWeights, readTopology, type Topology } from "../formats/tfjs/read.ts";
import type { Model } from "../ir/model.ts";
import type { ModelSpec, Note } from "../ir/spec.ts";
import { kerasModel } from "../parser/keras-json.ts";
import { lonely } from "./parts.ts";
import { type Content, inFile } from "./source.ts";

type Json = Readonly<Record<string, unknown>>;

/** What a `model.json` of TensorFlow.js and the files beside it say. */
export interface OpenedTfjs {
  readonly spec: ModelSpec;
  readonly file?: ModelFile;
  /** The arguments of `compile` as Keras's `training_config` has them. */
  readonly training?: Json;
  readonly notes: readonly Note[];
  /** Where TensorFlow.js computes other numbers than Keras: looked for in files that it saved itself. */
  strays?(ir: Model): readonly Diagnostic[];
}

/** Reads a layers model: saved by TensorFlow.js, or brought there from Keras by a converter. */
export async function openTfjs(document: Json, content: Content, limits: Limits): Promise<OpenedTfjs> {
  const { file } = content;
  const topology = await inFile(
    file,
    Promise.resolve().then(() => readTopology(document)),
  );
  if (!topology) throw noArchitecture(file);
  const weights = Object.hasOwn(document, "weightsManifest")
    ? await readWeightsOf(document, content, limits)
    : undefined;
  const { training, own } = topology;
  return {
    spec: specOf(topology, weights, file),
    ...(weights && { file: weights }),
    ...(training && { training }),
    notes: metadataNotes(document, file),
    ...(own && { strays: strayProblems }),
  };
}

/** The weights alone. */
export const readWeightsOf = (document: Json, content: Content, limits: Limits): Promise<ModelFile> =>
  inFile(
    content.file,
    readTfjsWeights(document, content.part ?? ((name) => Promise.reject(lonely(name))), limits),
  );

/** TensorFlow.js says what Keras 2 says, in its own way. */
function specOf(
  { config, own, keras_version }: Topology,
  weights: ModelFile | undefined,
  file?: string,
): ModelSpec {
  if (!own) return kerasModel(config, file, keras_version);
  const arrays = weights?.layout === "tfjs" ? weights.weights : [];
  const shapes = new Map(arrays.map(({ name, shape }) => [name, shape]));
  return kerasModel(kerasDialect(config, shapes), file, "2.15.0");
}

function metadataNotes({ userDefinedMetadata }: Json, file: string | undefined): Note[] {
  if (typeof userDefinedMetadata !== "object" || userDefinedMetadata === null) return [];
  const keys = Object.keys(userDefinedMetadata).slice(0, 10).join(", ");
  const message = `The file's own metadata (${keys}) is no part of the model and is left out.`;
  return [{ message, at: { ...(file !== undefined && { file }), path: "userDefinedMetadata" } }];
}

const noArchitecture = (file: string | undefined): ModelError => {
  const at: Where = file === undefined ? {} : { file };
  return new ModelError({
    code: "no-architecture",
    message: "The file lists weights of TensorFlow.js but no architecture.",
    at,
    expected: "a model.json with modelTopology",
    hint: "Load the model from its JSON or snippet, and give this file as its weights (weights, or --load-weights).",
  });
};
