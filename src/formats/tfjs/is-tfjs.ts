type Json = Readonly<Record<string, unknown>>;

/** Whether a JSON document is a model of TensorFlow.js, or the architecture of one. */
export const isTfjs = (document: Json): boolean =>
  Object.hasOwn(document, "modelTopology") || Object.hasOwn(document, "weightsManifest") || isOwn(document);

/** Whether TensorFlow.js itself wrote it. */
export const isOwn = ({ keras_version }: Json): boolean =>
  typeof keras_version === "string" && keras_version.startsWith("tfjs-layers");
