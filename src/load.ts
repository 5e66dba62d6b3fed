import { ModelError } from "./diagnostics.ts";
import { withDefaults, withinLimit } from "./diagnostics/limits.ts";
import { joinWeights } from "./formats/join-weights.ts";
import type { ModelFile } from "./formats/model-file.ts";
import { build } from "./ir/build.ts";
import { objectProblems } from "./ir/compile-args.ts";
import { type Model as IrModel, weightBytes } from "./ir/model.ts";
import type { FloatTensor, Nest, Tensor } from "./ir/tensor.ts";
import type { Host } from "./load/host.ts";
import { open, type Opened, type OpenOptions } from "./load/open.ts";
import { checkLoadOptions, type LoadOptions } from "./load/options.ts";
import { restoreOptimizer } from "./load/restore.ts";
import { located } from "./load/located.ts";
import { fetchSource, type Source } from "./load/source.ts";
import { readWeights } from "./load/weights.ts";
import { withinLimits } from "./load/within-limits.ts";
import { type Model, newModel } from "./model.ts";

/** A source that was read, and the IR it means; weights from elsewhere are read, not yet joined. */
export interface Read extends Opened {
  readonly ir: IrModel;
  readonly weights?: ModelFile;
}

/** Reads a model and what else the options name, and builds its IR; nothing is drawn or run. */
export async function readModel(
  source: Source,
  options: LoadOptions & OpenOptions,
  host: Host,
): Promise<Read> {
  const { data: _data, values: _values, keras: _keras, ...rest } = options;
  const limits = checkLoadOptions(rest);
  const opened = await open(await fetchSource(source, host, limits), options, host, limits);
  const ir = located(opened.json, () => {
    withinLimits(opened.spec, limits);
    return built(opened);
  });
  const strays = opened.strays?.(ir) ?? [];
  if (strays.length > 0) throw new ModelError(strays);
  const weights =
    options.weights === undefined ? undefined : await readWeights(options.weights, host, limits);
  return { ...opened, ir, ...(weights && { weights }) };
}

/** The IR of a spec; where it has none, what `compile` was given is checked as well, so that all problems are told. */
function built({ spec, seed }: Opened): IrModel {
  try {
    return build(spec, seed === undefined ? {} : { seed });
  } catch (error) {
    if (!(error instanceof ModelError) || !spec.compile) throw error;
    throw new ModelError([...error.errors, ...objectProblems(spec.compile)]);
  }
}

/** A model that can run, with the weights, settings and optimizer state of its source. */
export function makeModel<Y extends Nest<Tensor> = FloatTensor>(
  read: Read,
  options: LoadOptions,
  host: Host,
): Model<Y> {
  const { ir, file, weights = file } = read;
  const limits = withDefaults(options.limits);
  withinLimit(limits, "weight_bytes", weightBytes(ir), "The size of the model's weights", ir.at);
  if (!weights && read.snippet?.unread) throw new ModelError(read.snippet.unread);
  const joined = weights && joinWeights(ir, weights);
  const model = newModel<Y>({ ...read, ...(joined && { joined }) }, options, host);
  model.notes.unshift(...read.notes);
  model.restoreCompile(ir.compile);
  const state = [weights, file].find((saved) => saved && saved.optimizer.length > 0);
  if (state) model.notes.push(...restoreOptimizer(model.core, state));
  return model;
}

/** `loadModel` where `host` is. */
export async function loadWith<Y extends Nest<Tensor> = FloatTensor>(
  host: Host,
  source: Source,
  options: LoadOptions = {},
): Promise<Model<Y>> {
  return makeModel<Y>(await readModel(source, options, host), options, host);
}
