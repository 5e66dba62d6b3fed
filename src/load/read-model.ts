import { ModelError } from "../diagnostics.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { build } from "../ir/build.ts";
import { objectProblems } from "../ir/compile-args.ts";
import type { Model } from "../ir/model.ts";
import type { Host } from "./host.ts";
import { located } from "./located.ts";
import { open, type Opened, type OpenOptions } from "./open.ts";
import { checkLoadOptions, type LoadOptions } from "./options.ts";
import { fetchSource, type Source } from "./source.ts";
import { readWeights } from "./weights.ts";
import { withinLimits } from "./within-limits.ts";

/** A source that was read, and the IR it means; weights from elsewhere are read, not yet joined. */
export interface Read extends Opened {
  readonly ir: Model;
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
function built({ spec, seed }: Opened): Model {
  try {
    return build(spec, seed === undefined ? {} : { seed });
  } catch (error) {
    if (!(error instanceof ModelError) || !spec.compile) throw error;
    throw new ModelError([...error.errors, ...objectProblems(spec.compile)]);
  }
}
