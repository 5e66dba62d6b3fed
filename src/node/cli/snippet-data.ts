import { ModelError } from "../../diagnostics.ts";
import type { NestOf } from "../../ir/spec.ts";
import type { Tensor } from "../../ir/tensor.ts";
import type { DataProgram, DataRef, DataSource, DataStep, Snippet } from "../../parser/training-spec.ts";
import { dataSources, runData } from "../../parser/python/run-data.ts";
import { sliceRows } from "../../runtime/data.ts";
import { type FashionMnist, findFashionMnist } from "../datasets.ts";
import type { Io } from "./io.ts";

/** Data of one call in a snippet, as `fit` takes it. */
export type Tensors = NestOf<Tensor & { readonly kind?: string }>;

/** Everything a snippet's call refers to. */
export interface Refs {
  readonly x?: NestOf<DataRef>;
  readonly y?: NestOf<DataRef>;
  readonly sample_weight?: NestOf<DataRef>;
}
export interface Loaded {
  readonly x?: Tensors;
  readonly y?: Tensors;
  readonly sample_weight?: Tensors;
}

/** Images 0 … 9,000 of the shipped ones train, the rest validate. */
const SHIPPED_TRAINING = 9000;

/** The data of `fit` as its snippet prepares it. */
export async function fitData(
  snippet: Snippet,
  given: ReadonlyMap<string, Tensor>,
  io: Pick<Io, "say">,
  find = findFashionMnist,
): Promise<{ train: Loaded; validation?: Loaded }> {
  const { fit, data } = snippet;
  const refs: Refs = { x: fit!.x, y: fit!.y, sample_weight: fit!.sample_weight };
  const parts = [refs, ...(fit!.validation_data ? [fit!.validation_data] : [])];
  refuseUnknown("fit", parts);
  const sources = dataSources(data, parts.flatMap(stepsOf));
  const sets = await datasetsOf(sources, find);
  const shipped = sets.get("fashion_mnist");
  if (shipped && !shipped.x_train && sources.some(isTraining))
    return shippedData(data, refs, shipped, given, io);
  const [train, validation] = compute(data, parts, (source) => arrayOf(source, sets, given));
  return { train, ...(validation && { validation }) };
}

/** The data of `evaluate`. */
export async function evaluateData(
  snippet: Snippet,
  refs: Refs,
  given: ReadonlyMap<string, Tensor>,
): Promise<Loaded> {
  refuseUnknown("evaluate", [refs]);
  const sets = await datasetsOf(dataSources(snippet.data, stepsOf(refs)), findFashionMnist);
  return compute(snippet.data, [refs], (source) => arrayOf(source, sets, given))[0];
}

/** Whether a call computes with arrays that only the user can give. */
export const usesGiven = ({ data }: Snippet, refs: Refs): boolean =>
  dataSources(data, stepsOf(refs)).some((source) => source.op === "given");

const refsOf = ({ x, y, sample_weight }: Refs): NestOf<DataRef>[] =>
  [x, y, sample_weight].filter((ref) => ref !== undefined);
const isLeaf = (nest: NestOf<DataRef>): nest is DataRef => "kind" in nest && typeof nest.kind === "string";

function leavesOf(nest: NestOf<DataRef>): DataRef[] {
  return isLeaf(nest)
    ? [nest]
    : Object.values(nest as object).flatMap((part) => leavesOf(part as NestOf<DataRef>));
}
const stepsOf = (refs: Refs): number[] =>
  refsOf(refs)
    .flatMap(leavesOf)
    .flatMap((ref) => (ref.kind === "data" ? [ref.step] : []));

/** Data that a line made in a way that is not understood is never trained on. */
function refuseUnknown(what: string, parts: readonly Refs[]): void {
  const unknown = parts
    .flatMap(refsOf)
    .flatMap(leavesOf)
    .flatMap((ref) => (ref.kind === "unknown" ? [ref] : []));
  const lines = [...new Map(unknown.map((ref) => [ref.line, ref])).values()];
  if (lines.length === 0) return;
  throw new ModelError(
    lines.map(({ line, text, reason = "which is not understood", at }) => ({
      code: "unknown-data",
      message: `The data of ${what} is made by line ${line}, ${reason}: \`${text}\`.`,
      at: { ...at, line },
      hint: "Prepare the data in a file, and give it with --x and --y, or with --data.",
    })),
  );
}

function compute(
  program: DataProgram,
  parts: readonly Refs[],
  load: (source: DataSource) => Tensor,
): Loaded[] {
  const arrays = runData(program, parts.flatMap(stepsOf), load);
  const fill = (nest: NestOf<DataRef>): Tensors => {
    if (isLeaf(nest)) return nest.kind === "data" ? arrays.get(nest.step)! : ([] as readonly Tensors[]);
    if (Array.isArray(nest)) return (nest as readonly NestOf<DataRef>[]).map(fill);
    return Object.fromEntries(
      Object.entries(nest).map(([key, part]) => [key, fill(part as NestOf<DataRef>)]),
    );
  };
  return parts.map((refs) =>
    Object.fromEntries(
      (["x", "y", "sample_weight"] as const).flatMap((key) =>
        refs[key] === undefined ? [] : [[key, fill(refs[key])]],
      ),
    ),
  );
}

type Sets = ReadonlyMap<string, FashionMnist>;

async function datasetsOf(sources: readonly DataSource[], find: typeof findFashionMnist): Promise<Sets> {
  const wanted = new Set(sources.flatMap((source) => (source.op === "dataset" ? [source.dataset] : [])));
  const sets = new Map<string, FashionMnist>();
  for (const name of wanted) {
    if (name !== "fashion_mnist") throw unknownSet(name);
    sets.set(name, await find());
  }
  return sets;
}

const unknownSet = (name: string): ModelError =>
  new ModelError({
    code: "unknown-dataset",
    message: `The data set keras.datasets.${name} is not supported.`,
    expected: "fashion_mnist",
    hint: "Give your data with --x and --y, or with --data.",
  });

const isTraining = (source: DataSource): boolean => source.op === "dataset" && source.part.endsWith("_train");

function arrayOf(source: DataSource, sets: Sets, given: ReadonlyMap<string, Tensor>): Tensor {
  const array = source.op === "given" ? given.get(source.name) : sets.get(source.dataset)?.[source.part];
  if (array) return array;
  const name = source.op === "given" ? source.name : `${source.dataset}'s ${source.part}`;
  const message = `The snippet's data ${name} was not given.`;
  throw new ModelError({
    code: "data-missing",
    message,
    hint: `Give a file that has it: --data FILE.npz with an array ${name}.`,
  });
}

/** Without the training images the shipped test images are split, and whatever rows the snippet takes, it gets these. */
function shippedData(
  program: DataProgram,
  refs: Refs,
  set: FashionMnist,
  given: ReadonlyMap<string, Tensor>,
  io: Pick<Io, "say">,
): { train: Loaded; validation: Loaded } {
  const total = set.x_test.shape[0];
  io.say(
    `The training images are not on this machine (see keraunos datasets). These are test images: the first ${SHIPPED_TRAINING} train, the last ${total - SHIPPED_TRAINING} validate.`,
  );
  const whole = { steps: program.steps.map(wholeRows) };
  const load =
    (from: number, to: number) =>
    (source: DataSource): Tensor => {
      if (source.op === "given") return arrayOf(source, new Map(), given);
      return sliceRows(source.part.startsWith("x") ? set.x_test : set.y_test, from, to);
    };
  const validation = {
    ...(refs.x !== undefined && { x: refs.x }),
    ...(refs.y !== undefined && { y: refs.y }),
  };
  return {
    train: compute(whole, [refs], load(0, SHIPPED_TRAINING))[0],
    validation: compute(whole, [validation], load(SHIPPED_TRAINING, total))[0],
  };
}

/** A step that takes some rows takes all of them. */
function wholeRows(step: DataStep): DataStep {
  const rows =
    step.op === "index" &&
    step.index[0]?.kind === "range" &&
    step.index.slice(1).every((part) => part.kind === "rest");
  return rows ? { ...step, index: [{ kind: "rest" }] } : step;
}
