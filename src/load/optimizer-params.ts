import { ModelError } from "../diagnostics.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { build } from "../ir/build.ts";
import { chooseOptimizer } from "../ir/catalogues.ts";
import type { Model } from "../ir/model.ts";
import type { ModelSpec } from "../ir/spec.ts";
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
  if (!ir.built || (!snippet && file?.layout === "tfjs")) return undefined;
  return withoutProblems(() => {
    const model = snippet ? trainedModel(ir, snippet.trained) : ir;
    return model?.compile && sizeOf(model, file);
  });
}

/** `fit` builds nothing where nothing is trained; once built, an optimizer stays as it is. */
function trainedModel(ir: Model, trained: ModelSpec | undefined): Model | undefined {
  const then = trained && build(trained);
  // data of unknown shape built it
  const model = then && !then.built ? ir : then;
  return model && trainableWeights(model).length > 0 ? model : undefined;
}

function sizeOf(ir: Model, file: ModelFile | undefined): number | undefined {
  const optimizer = chooseOptimizer(ir.compile?.optimizer ?? "rmsprop");
  if (file?.layout === "legacy") return openedOptimizer(file, optimizer);
  return optimizerSize(optimizer, trainableWeights(ir));
}

/** A summary is no reason to refuse an optimizer. */
function withoutProblems(count: () => number | undefined): number | undefined {
  try {
    return count();
  } catch (error) {
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
