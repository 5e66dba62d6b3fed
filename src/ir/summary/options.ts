import { ModelError, type Diagnostic } from "../../diagnostics.ts";

/** Arguments of `model.summary()`, spelled as in Keras. */
export interface SummaryOptions {
  /** The Keras version whose text is wanted: "3" (default), "2.15", "2.9", "2.6", "1.2" … */
  readonly keras?: string;
  /** Width of the table in characters; each version has its own default. */
  readonly line_length?: number;
  /** Width of the terminal (80 if not given): Keras 3 fits its table into it and cuts what sticks out. */
  readonly columns?: number;
  /** Where each column ends: shares of `line_length`, or characters where the last is above 1 (Keras 1 and 2). */
  readonly positions?: readonly number[];
  readonly expand_nested?: boolean;
  readonly show_trainable?: boolean;
  /** Regular expressions of the first and the last layer shown. */
  readonly layer_range?: readonly [string, string];
  /** Elements of a built optimizer's variables, `iteration` and `learning_rate` among them (Keras 3). */
  readonly optimizer_params?: number;
}

/** Throws unless every number can be meant: all problems are reported at once. */
export function checkOptions(options: SummaryOptions): void {
  const problems: Diagnostic[] = [];
  for (const key of ["line_length", "columns"] as const) {
    const value = options[key];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 1 && value <= 10_000)) {
      problems.push(wrong(key, "a whole number of characters from 1 to 10000", String(value)));
    }
  }
  const { positions, optimizer_params: count } = options;
  if (positions !== undefined && !(positions.length > 0 && positions.every(isPosition))) {
    problems.push(wrong("positions", "a list of numbers from 0 to 10000", JSON.stringify(positions)));
  }
  if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0)) {
    problems.push(wrong("optimizer_params", "a number of elements", String(count)));
  }
  if (problems.length > 0) throw new ModelError(problems);
}

const isPosition = (p: number): boolean => Number.isFinite(p) && p >= 0 && p <= 10_000;

function wrong(key: string, expected: string, received: string): Diagnostic {
  return { code: "bad-summary-option", message: `The summary cannot use this ${key}.`, expected, received };
}

/** An option that the version asked for did not have. */
export function unsupported(option: string, first: string, version: string): ModelError {
  return new ModelError({
    code: "bad-summary-option",
    message: `model.summary() of Keras ${version} has no ${option}.`,
    expected: `Keras ${first} or later`,
    received: `${option} with Keras ${version}`,
  });
}

/** There is not one position for each column. */
export function positionsMismatch(columns: readonly string[], positions: readonly number[]): ModelError {
  return new ModelError({
    code: "bad-summary-option",
    message: "There must be a position for every column of the summary.",
    expected: `${columns.length} positions (${columns.join(", ")})`,
    received: `${positions.length}: ${JSON.stringify(positions)}`,
  });
}

/** A column is too narrow for Keras to print anything. */
export function tooNarrow(column: string, width: number, least: number): ModelError {
  return new ModelError({
    code: "summary-too-narrow",
    message: `The summary's column ${JSON.stringify(column)} is too narrow to print.`,
    expected: `at least ${least} characters`,
    received: `${width}`,
    hint: "Give a larger line_length or columns, or other positions.",
  });
}
