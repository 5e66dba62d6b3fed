import type { Tensor } from "../../ir/tensor.ts";
import type { LoadOptions } from "../../load/options.ts";
import { type Read, readModel } from "../../load/read-model.ts";
import type { Source } from "../../load/source.ts";
import { type Options, UsageError } from "./command.ts";
import { type Io, sayNotes } from "./io.ts";

/** The options of `loadModel` that the global ones mean. */
export function loadOptions(options: Options): LoadOptions {
  if (options.layers !== undefined)
    throw new UsageError("--layers is not supported yet: models use Keras's own layers.");
  const given = {
    define: options.define,
    model: options.model,
    weights: options.loadWeights,
    seed: options.seed,
    limits: options.limit,
    deterministic: options.deterministic,
    winograd: options.winograd === undefined ? undefined : Number(options.winograd),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as LoadOptions;
}

/** What is needed of a model, and what there is for it. */
interface Needs {
  /** Data that a snippet may use by name. */
  readonly arrays?: ReadonlyMap<string, Tensor>;
  /** False where the architecture is enough. */
  readonly values?: boolean;
  /** The version of Keras that a snippet is written for. */
  readonly keras?: string | undefined;
}

/** Reads the MODEL argument; `-` is standard input. */
export async function readArgument(
  model: string,
  options: Options,
  io: Io,
  { arrays, keras, values = true }: Needs = {},
): Promise<Read> {
  const source: Source = model === "-" ? await io.stdin() : pathOf(model);
  const data = arrays && Object.fromEntries([...arrays].map(([name, { shape }]) => [name, shape]));
  const more = { values, ...(data && { data }), ...(keras !== undefined && { keras }) };
  const read = await readModel(source, { ...loadOptions(options), ...more }, io.host);
  if (options.verbose !== "0") sayNotes(read.notes, io);
  return read;
}

/** The same; weights that nothing gives are drawn with seed 0, and that is said. */
export async function readDrawn(model: string, options: Options, io: Io): Promise<Read> {
  const read = await readArgument(model, options, io);
  if (hasWeights(read) || read.seed !== undefined) return read;
  io.say("The model has no weights: they are drawn with seed 0.");
  return readArgument(model, { ...options, seed: 0, verbose: "0" }, io);
}

/** A path stays a path, whatever is in its name; `https://…` is fetched. */
function pathOf(text: string): Source {
  return /^(https?|file):\/\//.test(text) ? new URL(text) : text;
}

/** Whether the source brings weights of its own. */
export const hasWeights = (read: Read): boolean => read.weights !== undefined || read.file !== undefined;
