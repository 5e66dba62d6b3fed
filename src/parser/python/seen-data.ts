import type { Given } from "./arguments.ts";
import { connectTouched } from "./models.ts";
import { is, isInput, type LayerValue, type Value } from "./values.ts";
import { countsAsKeras2, fail, note, type World } from "./world.ts";

type Shape = readonly (number | null)[];

/** What `fit`, `evaluate` or `predict` was given by name. */
type Bound = ReadonlyMap<string, Given>;

/** A Sequential without an input takes its shape from the data that it is run on. */
export function seeRun(
  w: World,
  model: LayerValue,
  kind: "fit" | "evaluate" | "predict",
  bound: Bound,
): void {
  const batch = sizeOf(bound, "batch_size", 32);
  const shape = shapeOf(bound.get("x")?.value);
  if (shape === undefined || batch === undefined || bound.has("steps_per_epoch") || bound.has("steps"))
    return;
  const [rows, ...rest] = shape;
  const split = bound.get("validation_split")?.value;
  const kept = typeof split === "number" ? Math.floor(rows * (1 - split)) : rows;
  const isWhole = kind === "predict" && !countsAsKeras2(w);
  see(w, model, [isWhole ? Math.min(batch, rows) : batchOf(kept, batch), ...rest]);
  const other = sizeOf(bound, "validation_batch_size", batch);
  const [of, ...parts] = validation(bound) ?? (kept < rows ? [rows - kept, ...rest] : []);
  if (of !== undefined) see(w, model, [batchOf(of, other ?? batch), ...parts]);
}

/** Data that a model is run on as it is: `train_on_batch(x, y)`. */
export function seeBatch(w: World, model: LayerValue, x: Value | undefined): void {
  const shape = shapeOf(x);
  if (shape) see(w, model, shape);
}

/** Keras 2 forgets what differs from what it has seen before, Keras 3 keeps what it has seen first. */
function see(w: World, { model }: LayerValue, shape: Shape): void {
  const state = model!;
  const isStrange = countsAsKeras2(w) && state.layers.some(({ class_name }) => class_name === "Embedding");
  if (state.class_name !== "Sequential" || isStrange) return;
  if (state.seen === undefined) state.seen = shape;
  else if (countsAsKeras2(w)) state.seen = state.seen.map((n, i) => (n === shape[i] ? n : null));
}

/** Where the last batch is smaller, the size of a batch is not known to Keras. */
const batchOf = (rows: number, batch: number): number | null => (rows % batch === 0 ? batch : null);

function sizeOf(bound: Bound, name: string, standard: number): number | undefined {
  const v = bound.get(name)?.value ?? null;
  return v === null ? standard : typeof v === "bigint" && v > 0n ? Number(v) : undefined;
}

function validation(bound: Bound): readonly number[] | undefined {
  const v = bound.get("validation_data")?.value ?? null;
  return is(v, "tuple", "list") ? shapeOf(v.items[0]) : undefined;
}

const shapeOf = (v: Value | undefined): readonly number[] | undefined =>
  v !== undefined && is(v, "data") && (v.shape?.length ?? 0) > 0 ? v.shape : undefined;

/** What `summary` shows of a model that was run before it. */
export function shownAfterRun(w: World, model: LayerValue, offset: number): void {
  const { seen, input_name, tail, built, layers } = model.model!;
  const ready = built ? undefined : layers.find((layer) => w.built.has(layer));
  if (ready && !isInput(layers[0]))
    fail(
      w,
      offset,
      "python-unsupported",
      `The layer ${ready.name} was built before the model: its row is not known.`,
      { hint: "Put an Input first." },
    );
  if (input_name === undefined || tail !== undefined) return;
  if (seen) connectTouched(w, model, seen);
  else
    note(
      w,
      offset,
      "The shape of the data is not known: the summary shows the model as it was before it was run.",
    );
}
