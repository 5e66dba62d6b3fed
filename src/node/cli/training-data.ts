import type { Tensor } from "../../ir/tensor.ts";
import type { Read } from "../../load/read-model.ts";
import type { EvaluateSpec } from "../../parser/training-spec.ts";
import { placeNames } from "../../runtime/core.ts";
import { type Named, type Purpose, readArrays, readNamed, readPair, scaled, type XY } from "./arrays.ts";
import { type Options, UsageError } from "./command.ts";
import type { Io } from "./io.ts";
import { evaluateData, fitData, type Loaded, usesGiven } from "./snippet-data.ts";

/** What a call of `fit` or `evaluate` gets: arrays, weights, and data to validate on where the source brings some. */
export interface CallData {
  readonly data: Loaded | XY;
  readonly validation?: Loaded | XY;
}

const NONE: ReadonlyMap<string, Tensor> = new Map();

/** Arrays of `--data` by name: a snippet may use them. */
export const givenArrays = (options: Options, io: Io): Promise<ReadonlyMap<string, Tensor>> =>
  typeof options.data === "string" && options.data !== "-"
    ? readNamed(options.data, io)
    : Promise.resolve(NONE);

/** The data of `fit`: from files where options name them, else as the snippet prepares it. */
export async function dataForFit(
  read: Read,
  options: Options,
  given: ReadonlyMap<string, Tensor>,
  io: Io,
): Promise<CallData> {
  const { snippet } = read;
  const fit = snippet?.fit;
  if (snippet && fit && (!fromFiles(options) || usesGiven(snippet, fit))) {
    const { train, validation } = await fitData(snippet, given, io);
    return {
      data: withScale(train, options),
      ...(validation && { validation: withScale(validation, options) }),
    };
  }
  return { data: await filesFor("train", read, options, io) };
}

/** The last `evaluate` of a snippet. */
export const evaluateOf = ({ snippet }: Read): EvaluateSpec | undefined =>
  snippet?.runs.findLast((one): one is EvaluateSpec => one.kind === "evaluate");

/** The data of `evaluate`. */
export async function dataForEvaluate(
  read: Read,
  options: Options,
  given: ReadonlyMap<string, Tensor>,
  io: Io,
): Promise<Loaded | XY> {
  const { snippet } = read;
  const run = evaluateOf(read);
  if (snippet && run && (!fromFiles(options) || usesGiven(snippet, run)))
    return evaluateData(snippet, run, given);
  return filesFor("test", read, options, io);
}

const fromFiles = ({ data, x, y }: Options): boolean =>
  data !== undefined || x !== undefined || y !== undefined;

function withScale(data: Loaded, { xScale }: Options): Loaded {
  return xScale === undefined ? data : { ...data, x: scaled(data.x as Named, xScale) as Loaded["x"] };
}

async function filesFor(purpose: Purpose, read: Read, options: Options, io: Io): Promise<XY> {
  const { data, x, y, xScale } = options;
  if (typeof data === "string" && x === undefined && y === undefined)
    return readScaled(data, purpose, read, xScale, io);
  if (typeof x === "string" && typeof y === "string" && data === undefined) {
    return { x: scaled(await readArrays(x, io), xScale), y: await readArrays(y, io) };
  }
  const none = data === undefined && x === undefined && y === undefined;
  throw new UsageError(
    `${none ? "There is no data" : "The data is not given completely"}: --data FILE, or --x FILE and --y FILE.`,
  );
}

/** Inputs and labels of one file. */
export async function readScaled(
  path: string,
  purpose: Purpose,
  read: Read,
  xScale: unknown,
  io: Io,
): Promise<XY> {
  const { x, y } = await readPair(path, purpose, placeNames(read.ir.outputs).length, io);
  return { x: scaled(x, xScale), y };
}
