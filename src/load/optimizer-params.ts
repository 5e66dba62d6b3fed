import { ModelError } from "../diagnostics.ts";
import { chooseOptimizer } from "../ir/catalogues.ts";
import type { Model } from "../ir/model.ts";
import { trainableWeights } from "../ir/train.ts";
import { optimizerSize } from "../ir/optimizer-variables.ts";
import type { Opened } from "./open.ts";

/**
 * Elements of the optimizer's variables, which Keras's summary counts: Keras builds the optimizer of a model that
 * it loads from a file or JSON, and that of a snippet once it has called `fit`.
 */
export function optimizerParams({
  ir,
  snippet,
}: Pick<Opened, "snippet"> & { readonly ir: Model }): number | undefined {
  if ((snippet && !snippet.trained) || !ir.compile || !ir.built) return undefined;
  return builtParams(ir, ir.compile.optimizer ?? "rmsprop");
}

function builtParams(ir: Model, id: unknown): number | undefined {
  try {
    return optimizerSize(chooseOptimizer(id), trainableWeights(ir));
  } catch (error) {
    // a summary is no reason to refuse an optimizer
    if (error instanceof ModelError) return undefined;
    throw error;
  }
}
