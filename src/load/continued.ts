import { innermost } from "../formats/legacy-order.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { releaseOf } from "../ir/fields/release.ts";
import type { Model } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";

/** What goes on here where the Keras that wrote a file would begin it anew. */
export function continuedOtherwise(model: Model, file: ModelFile): readonly Note[] {
  if (file.layout !== "legacy" || !beginsStatisticsAnew(file)) return [];
  const message =
    "Keras 2.1.3 to 2.2 forgets the moving statistics of a file at its first step of training; here training goes on from them, as in later releases.";
  return [...new Set(innermost(model))]
    .filter(({ class_name, trainable }) => class_name === "BatchNormalization" && trainable)
    .map(({ name }) => ({ message, at: { path: name } }));
}

/** Those on TensorFlow: their moving averages are of one session, divided by what is lacking to it (`zero_debias`). */
function beginsStatisticsAnew({
  keras_version: version,
  backend,
}: ModelFile & { layout: "legacy" }): boolean {
  const release = version === undefined ? undefined : releaseOf({ version });
  if (!release || release.tensorflow || backend !== "tensorflow") return false;
  return release.number >= 20103 && release.number < 20300;
}
