import { type Diagnostic, ModelError } from "../diagnostics.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { build } from "../ir/build.ts";
import { chooseCounted, countedSize } from "../ir/counted-optimizer.ts";
import type { Model } from "../ir/model.ts";
import type { CompileSpec, ModelSpec } from "../ir/spec.ts";
import { trainableWeights } from "../ir/train.ts";
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
  if (!ir.built) return undefined;
  if (snippet) return sizeAfterFit(ir, snippet);
  return file?.layout === "tfjs" ? undefined : sizeWhereOpened(ir, file);
}

/** The same of what was opened, with the reason where it cannot be told. */
export function openedSize(read: Parameters<typeof optimizerParams>[0]): {
  size?: number;
  problem?: ModelError;
} {
  try {
    const size = optimizerParams(read);
    return size === undefined ? {} : { size };
  } catch (error) {
    if (error instanceof ModelError) return { problem: error };
    throw error;
  }
}

/** Of a snippet, whose `fit` built the optimizer; Keras 2 prints nothing of it. */
function sizeAfterFit(ir: Model, { trained, spec }: NonNullable<Opened["snippet"]>): number | undefined {
  const model = trainedModel(ir, trained);
  const { compile } = model ?? {};
  if (!compile) return undefined;
  try {
    return sizeIn(model!, undefined);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (spec.older) return undefined;
    throw new ModelError(error.errors.map((problem) => asUncounted(problem, compile)));
  }
}

const asUncounted = (problem: Diagnostic, { at, key_at }: CompileSpec): Diagnostic => ({
  ...problem,
  at: key_at?.optimizer ?? at,
  hint: "After fit, Keras's summary counts the variables of the optimizer: ask for it before fit, or compile with another optimizer.",
});

/** `fit` builds nothing where nothing is trained; once built, an optimizer stays as it is. */
function trainedModel(ir: Model, trained: ModelSpec | undefined): Model | undefined {
  const then = trained && build(trained);
  // data of unknown shape built it
  const model = then && !then.built ? ir : then;
  return model && trainableWeights(model).length > 0 ? model : undefined;
}

function sizeIn(ir: Model, file: ModelFile | undefined): number | undefined {
  const id = ir.compile?.optimizer ?? "rmsprop";
  if (file?.layout === "legacy") return openedOptimizer(file, chooseCounted(id));
  return countedSize(id, trainableWeights(ir));
}

/** Optimizers around others, which Keras counts as well. */
const WRAPPERS: readonly unknown[] = ["LossScaleOptimizer", "MultiOptimizer"];

/** Where it cannot compile what a file was compiled with, Keras opens it without that. */
function sizeWhereOpened(ir: Model, file: ModelFile | undefined): number | undefined {
  try {
    return ir.compile && sizeIn(ir, file);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    const { class_name } = Object(ir.compile?.optimizer) as { readonly class_name?: unknown };
    if (!WRAPPERS.includes(class_name)) return undefined;
    throw new ModelError({
      code: "unknown-optimizer",
      message: `The summary counts the variables of the optimizer, and those of ${String(class_name)} are not known.`,
      hint: "Ask for the summary of Keras 2 (--keras 2.15), which counts none, or save the model compiled with another optimizer.",
    });
  }
}
