import { ModelError } from "../diagnostics.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { chooseOptimizer } from "../ir/catalogues.ts";
import type { Model } from "../ir/model.ts";
import { trainableWeights } from "../ir/train.ts";
import { optimizerSize } from "../ir/optimizer-variables.ts";
import type { Opened } from "./open.ts";
import { openedOptimizer } from "./opened-optimizer.ts";

/**
 * Elements of the optimizer's variables, which Keras's summary counts: Keras builds the optimizer of a model that
 * it loads from a file or JSON, and that of a snippet once it has called `fit`; TensorFlow.js's models are not compiled in it.
 */
export function optimizerParams({
  ir,
  snippet,
  file,
}: Pick<Opened, "snippet" | "file"> & { readonly ir: Model }): number | undefined {
  if (snippet ? !snippet.trained : file?.layout === "tfjs") return undefined;
  // `fit` builds nothing where nothing is trained
  if (snippet && trainableWeights(ir).length === 0) return undefined;
  if (!ir.compile || !ir.built) return undefined;
  return builtParams(ir, file, ir.compile.optimizer ?? "rmsprop");
}

function builtParams(ir: Model, file: ModelFile | undefined, id: unknown): number | undefined {
  try {
    const optimizer = chooseOptimizer(id);
    if (file?.layout === "legacy") return openedOptimizer(file, optimizer);
    return optimizerSize(optimizer, trainableWeights(ir));
  } catch (error) {
    // a summary is no reason to refuse an optimizer
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
