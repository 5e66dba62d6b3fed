import { ModelError } from "../diagnostics.ts";
import type { ModelFile } from "../formats/model-file.ts";
import { build } from "../ir/build.ts";
import { objectProblems } from "../ir/compile-args.ts";
import type { Model } from "../ir/model.ts";
import type { Host } from "./host.ts";
import { located } from "./located.ts";
import { withLostInput } from "./lost-input.ts";
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
  const { data: _data, values: _values, ...rest } = options;
  const limits = checkLoadOptions(rest);
  const said = await open(await fetchSource(source, host, limits), options, host, limits);
  located(said.json, () => withinLimits(said.spec, limits));
  const weights =
    options.weights === undefined ? undefined : await readWeights(options.weights, host, limits);
  const { ir, ...opened } = located(said.json, () => whole(said, weights));
  const strays = opened.strays?.(ir) ?? [];
  if (strays.length > 0) throw new ModelError(strays);
  return { ...opened, ir, ...(weights && { weights }) };
}

/** A source with its IR, the shape of its input found where its weights tell it. */
function whole(opened: Opened, weights?: ModelFile): Opened & Pick<Read, "ir"> {
  const { spec, file = weights, notes } = opened;
  const ir = built(opened);
  const found =
    file?.layout === "legacy"
      ? withLostInput(spec, ir, file, (told) => built({ ...opened, spec: told }))
      : undefined;
  return found ? { ...opened, ...found, notes: [...notes, ...found.notes] } : { ...opened, ir };
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
