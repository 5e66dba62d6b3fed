import { isRecord } from "../ir/fields/schema.ts";

/** A boxed number is a Python float; everything but `pythonJson` takes it for the number. */
export const float = (value: unknown): unknown => (typeof value === "number" ? Object(value) : value);

/** What optimizers, schedules and metrics count; their other numbers are floats. */
const COUNTS = /steps|frequency|boundaries|axis|^k$|^num_|thresholds|class_ids?$/;
/** Their settings from where nothing says any more which numbers were floats, as a snippet or TensorFlow.js. */
export function withFloats(given: unknown, key = ""): unknown {
  if (Array.isArray(given)) return given.map((part) => withFloats(part, key));
  if (!isRecord(given)) return COUNTS.test(key) ? given : float(given);
  return Object.fromEntries(Object.entries(given).map(([name, part]) => [name, withFloats(part, name)]));
}
