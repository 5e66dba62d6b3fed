/** Python writes at least two digits of an exponent. */
const twoDigits = (text: string): string => text.replace(/e([+-])(\d)$/, "e$10$2");

/** Python's `%.4e` and its like. */
export const exponential = (x: number, digits: number): string => twoDigits(x.toExponential(digits));

/** A float as Python's `repr` writes it: JavaScript's digits, an exponent below 1e-4 and from 1e16. */
export function pythonFloat(x: number): string {
  if (Number.isNaN(x)) return "nan";
  if (!Number.isFinite(x)) return x > 0 ? "inf" : "-inf";
  const size = Math.abs(x);
  if (x !== 0 && (size < 1e-4 || size >= 1e16)) return twoDigits(x.toExponential());
  return Number.isInteger(x) ? `${Object.is(x, -0) ? "-0" : x}.0` : String(x);
}
