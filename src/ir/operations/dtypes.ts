const isFloat = (dtype: string): boolean => /float/.test(dtype);

/** The type that operands of these types are computed in, as JAX promotes them; Python's numbers decide nothing but the kind. */
export function promoted(types: readonly (string | number | undefined | boolean | null)[]): string {
  const named = types.filter((type) => typeof type === "string");
  const floats = named.filter(isFloat);
  if (floats.length) return widest(floats);
  const numbers = types.filter((type) => typeof type === "number");
  if (numbers.some((x) => !Number.isInteger(x))) return "float32";
  const whole = named.filter((type) => type !== "bool");
  if (whole.length) return widest(whole);
  return named.length && numbers.length === 0 ? "bool" : "int32";
}

const bits = (dtype: string): number => Number(/\d+/.exec(dtype)?.[0] ?? 8);
const widest = (types: readonly string[]): string => types.reduce((a, c) => (bits(c) > bits(a) ? c : a));

/** The type of functions that give fractions. */
export const fractional = (dtype: string): string => (isFloat(dtype) ? dtype : "float32");
/** The type of sums: truth values are counted. */
export const counted = (dtype: string): string => (dtype === "bool" ? "int32" : dtype);
