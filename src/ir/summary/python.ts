import { formatShape, type Shape } from "../tensor.ts";
import type { Value } from "../model.ts";
import type { NestOf } from "../spec.ts";

/** A string as Python's `repr` prints it. */
export function pythonString(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return quote + (quote === "'" ? body.replaceAll("'", "\\'") : body) + quote;
}

/** A list of texts in brackets: `[a, b]`. */
export const pythonList = (items: readonly string[]): string => `[${items.join(", ")}]`;

/** Shapes of a model's outputs in the nest that the model returns: `{'a': (None, 2)}`; a list of one is unwrapped. */
export function formatOutputs(nest: NestOf<Value>): string {
  if (Array.isArray(nest)) {
    const parts = (nest as readonly NestOf<Value>[]).map(formatOutputs);
    return parts.length === 1 ? parts[0] : pythonList(parts);
  }
  if ((nest as Value).kind === "value") return formatShape((nest as Value).shape);
  const entries = Object.entries(nest as Record<string, NestOf<Value>>);
  return `{${entries.map(([key, part]) => `${pythonString(key)}: ${formatOutputs(part)}`).join(", ")}}`;
}

/** One shape as a tuple, several as a list of tuples. `format` prints one. */
export function formatShapes(shapes: readonly Shape[], format = formatShape): string {
  return shapes.length === 1 ? format(shapes[0]) : pythonList(shapes.map(format));
}
/** The same, several as a tuple of tuples. */
export const formatTuple = (shapes: readonly Shape[]): string =>
  shapes.length === 1 ? formatShape(shapes[0]) : `(${shapes.map(formatShape).join(", ")})`;

/** `{:,}` */
export const withCommas = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ",");

/** `{:.2f}` of a number >= 0; exact halves go to the even digit, as in Python and not as in `toFixed`. */
export function twoDecimals(x: number): string {
  const isHalf = Number.isInteger(x * 8) && (x * 8) % 2 === 1;
  if (!isHalf) return x.toFixed(2);
  const below = Math.floor(x * 100);
  return ((below % 2 === 0 ? below : below + 1) / 100).toFixed(2);
}

/** Python's `round`: halves go to the even number. */
export function roundHalfEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
