import { ModelError } from "./diagnostics.ts";
import { withDefaults, withinLimit } from "./diagnostics/limits.ts";
import { joinWeights } from "./formats/join-weights.ts";
import type { ModelFile } from "./formats/model-file.ts";
import { weightBytes } from "./ir/model.ts";
import type { FloatTensor, Nest, Tensor } from "./ir/tensor.ts";
import { continuedOtherwise } from "./load/continued.ts";
import type { Host } from "./load/host.ts";
import type { LoadOptions } from "./load/options.ts";
import { type Read, readModel } from "./load/read-model.ts";
import { openedSize } from "./load/optimizer-params.ts";
import { restoreOptimizer } from "./load/restore.ts";
import type { Source } from "./load/source.ts";
import { type Model, newModel, type Origin } from "./model.ts";

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
  const origin = file ? whatStays(file) : read.json && { config: read.json.text };
  const model = newModel<Y>({ ...read, ...(origin && { origin }), ...(joined && { joined }) }, options, host);
  model.notes.unshift(...read.notes);
  model.restoreCompile(ir.compile);
  const state = [weights, file].find((saved) => saved && saved.optimizer.length > 0);
  if (state) model.notes.push(...restoreOptimizer(model.core, state));
  if (file && ir.compile) model.notes.push(...continuedOtherwise(ir, file));
  if (!read.snippet && ir.compile) model.core.openedOptimizer = openedSize(read);
  return model;
}

/** What of a file is of use while its model lives; its arrays are not. */
const whatStays = ({ optimizer, weights: _weights, ...rest }: ModelFile): Origin => ({
  ...rest,
  has_state: optimizer.length > 0,
});

/** `loadModel` where `host` is. */
export async function loadWith<Y extends Nest<Tensor> = FloatTensor>(
  host: Host,
  source: Source,
  options: LoadOptions = {},
): Promise<Model<Y>> {
  return makeModel<Y>(await readModel(source, options, host), options, host);
}
