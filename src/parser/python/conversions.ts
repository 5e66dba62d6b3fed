import { describe, isNumber, type Value } from "./values.ts";
import { fail, type World } from "./world.ts";

const unfit = (w: World, offset: number, name: string, v: Value): never =>
  fail(w, offset, "python-value", `${name}() has no meaning for ${describe(v)}.`);

/** `int(v)`. */
export function asInteger(w: World, v: Value, offset: number): bigint {
  if (isNumber(v) && Number.isFinite(Number(v))) return BigInt(typeof v === "number" ? Math.trunc(v) : v);
  return typeof v === "string" && /^\s*[+-]?\d{1,80}\s*$/.test(v)
    ? BigInt(v.trim().replace("+", ""))
    : unfit(w, offset, "int", v);
}

/** `float(v)`. */
export function asNumber(w: World, v: Value, offset: number): number {
  if (isNumber(v)) return Number(v);
  if (typeof v !== "string" || v.length > 400) return unfit(w, offset, "float", v);
  const word = /^\s*([+-]?)(inf|infinity|nan)\s*$/i.exec(v);
  if (word) return word[2].toLowerCase() === "nan" ? NaN : word[1] === "-" ? -Infinity : Infinity;
  return v.trim() !== "" && !Number.isNaN(Number(v)) ? Number(v) : unfit(w, offset, "float", v);
}

/** `round(v, digits)`: half goes to the even neighbour. */
export function rounded(w: World, v: Value, digits: Value | undefined, offset: number): Value {
  if (!isNumber(v)) return unfit(w, offset, "round", v);
  if (typeof v !== "number") return BigInt(v);
  if (!Number.isFinite(v)) return unfit(w, offset, "round", v);
  if (typeof digits !== "bigint") return BigInt(fixed(v, 0));
  return digits >= 0n
    ? Number(fixed(v, Number(digits)))
    : Math.round(v / 10 ** Number(-digits)) * 10 ** Number(-digits);
}

/** `n` with this many digits behind the point, rounded from its exact value, half to even. */
export function fixed(n: number, digits: number): string {
  const places = Math.min(100, digits);
  const exact = n.toFixed(Math.min(100, places + 60));
  const cut = exact.length - (Math.min(100, places + 60) - places);
  const even = /[02468]\.?$/.test(exact.slice(0, cut));
  const text = exact.slice(0, cut).replace(/\.$/, "");
  return /^50*$/.test(exact.slice(cut).replace(".", "")) && even && Math.abs(n) < 1e21
    ? text
    : n.toFixed(places);
}
