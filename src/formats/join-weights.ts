import { ModelError, type Diagnostic } from "../diagnostics.ts";
import type { Model, Weight } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";
import { formatShape } from "../ir/tensor.ts";
import { joinKeras3 } from "./join-keras3.ts";
import { joinLegacy } from "./join-legacy.ts";
import { joinTfjs } from "./tfjs/join.ts";
import type { ModelFile } from "./model-file.ts";
import { toFloat32, type StoredArray } from "./stored-array.ts";
import type { Values, WeightValues } from "./weights-h5.ts";

export interface JoinOptions {
  /** Match layers by name instead of by order (`.h5` files); those without a partner are left alone. */
  readonly by_name?: boolean;
  /** Leave weights alone whose number or shape differs, with a note. */
  readonly skip_mismatch?: boolean;
}

export interface Joined {
  readonly weights: WeightValues;
  readonly notes: readonly Note[];
}

/** Gathers values, faults and notes while a file is matched with a model. */
export interface Match {
  readonly options: JoinOptions;
  readonly values: Map<string, Values>;
  readonly problems: Diagnostic[];
  readonly notes: Note[];
}

/** The values for the model's weights. All mismatches are reported at once, each with layer, expected and received. */
export function joinWeights(model: Model, file: ModelFile, options: JoinOptions = {}): Joined {
  const match: Match = { options, values: new Map(), problems: [], notes: [] };
  if (file.layout === "legacy") joinLegacy(model, file, match);
  else if (file.layout === "tfjs") joinTfjs(model, file, match);
  else joinKeras3(model, file, match);
  if (match.problems.length > 0) throw new ModelError(match.problems);
  return { weights: match.values, notes: match.notes };
}

/** Something does not fit: an error, or a note where mismatches are to be skipped. */
export function mismatch(match: Match, problem: Diagnostic): void {
  if (!match.options.skip_mismatch) {
    match.problems.push(problem);
    return;
  }
  const message = `Skipped: ${problem.message} Expected: ${problem.expected}. Received: ${problem.received}.`;
  match.notes.push({ message, ...(problem.at && { at: problem.at }) });
}

/** Takes the arrays of one layer for its weights, each of which must have the right shape. */
export function take(match: Match, weights: readonly Weight[], arrays: readonly StoredArray[]): void {
  weights.forEach((weight, i) => {
    const array = arrays[i];
    if (array.shape.length === weight.shape.length && array.shape.every((d, k) => d === weight.shape[k])) {
      match.values.set(weight.path, { shape: weight.shape, data: toFloat32(array) });
      if (array.dtype === "float64") match.notes.push(rounded(weight));
    } else {
      mismatch(match, wrongShape(weight, array));
    }
  });
}

const rounded = (weight: Weight): Note => ({
  message: "The file holds this weight in float64; it was rounded to float32.",
  at: { path: weight.path },
});

const wrongShape = (weight: Weight, array: StoredArray): Diagnostic => ({
  code: "weight-shape",
  message: `The weight ${weight.name} of layer ${weight.layer} has another shape in the file.`,
  at: { path: weight.path },
  expected: formatShape(weight.shape),
  received: formatShape(array.shape),
});
