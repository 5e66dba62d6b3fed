import { ModelError } from "../diagnostics.ts";
import { tfjsProblems } from "../formats/tfjs/check.ts";
import { encodeWeights, type Weight } from "../formats/tfjs/encode.ts";
import { withImplicitMasks } from "../formats/tfjs/implicit-masks.ts";
import { withMergeLayers } from "../formats/tfjs/operators.ts";
import { owners, tfjsName } from "../formats/tfjs/names.ts";
import { tfjsTopology } from "../formats/tfjs/topology.ts";
import { keras2Config } from "../parser/keras2-json-write.ts";
import { trainingOf } from "./tfjs-training.ts";
import type { Content, Files } from "./writer.ts";

/** The version of `tensorflowjs_converter` whose files these are. */
const CONVERTER = "4.22.0";

/** The files of a model for `tf.loadLayersModel`. Throws a ModelError that names everything that TensorFlow.js lacks. */
export function tfjsFiles(content: Content): Files {
  const model = withMergeLayers(withImplicitMasks(content.model));
  const problems = tfjsProblems(model);
  if (problems.length) throw new ModelError(problems);
  const weights = weightsOf(content);
  const { trainingConfig, variables } = trainingOf(content) ?? { variables: [] };
  const { manifest, shards } = encodeWeights([...weights, ...variables]);
  const document = {
    format: "layers-model",
    generatedBy: `keras v${content.keras_version}`,
    convertedBy: `TensorFlow.js Converter v${CONVERTER}`,
    modelTopology: {
      keras_version: content.keras_version,
      backend: "tensorflow",
      model_config: tfjsTopology(keras2Config(model), model),
    },
    ...(trainingConfig && { trainingConfig }),
    weightsManifest: manifest,
  };
  return new Map([...shards, ["model.json", new TextEncoder().encode(JSON.stringify(document))]]);
}

function weightsOf(content: Content): Weight[] {
  const values = content.weights();
  return owners(content.model).flatMap(({ layer }) =>
    layer.weights.map((weight): Weight => {
      const { shape, data } = values.get(weight.path)!;
      return { name: tfjsName(layer, weight), shape, dtype: "float32", data };
    }),
  );
}
