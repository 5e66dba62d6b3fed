import { describe, isNumber, type Value } from "./values.ts";
import { raise } from "./raised.ts";
import { fail, type World } from "./world.ts";

const unfit = (w: World, offset: number, name: string, v: Value): never =>
  fail(w, offset, "python-value", `${name}() has no meaning for ${describe(v)}.`);

/** Text that Python takes for no number. What is not plain text may be digits of other scripts. */
function noNumber(w: World, offset: number, name: string, v: string): never {
  const message = `${name}() has no meaning for ${describe(v)}.`;
  if (/^[\x20-\x7e]{0,80}$/.test(v)) raise(w, "ValueError", offset, "python-value", message);
  return unfit(w, offset, name, v);
}

/** `int(v)`. */
export function asInteger(w: World, v: Value, offset: number): bigint {
  if (isNumber(v) && Number.isFinite(Number(v))) return BigInt(typeof v === "number" ? Math.trunc(v) : v);
  if (typeof v !== "string") return unfit(w, offset, "int", v);
  return /^\s*[+-]?\d(_?\d){0,79}\s*$/.test(v)
    ? BigInt(v.trim().replace(/[+_]/g, ""))
    : noNumber(w, offset, "int", v);
}

const decimal = /^\s*[+-]?(\d(_?\d)*\.?(\d(_?\d)*)?|\.\d(_?\d)*)(e[+-]?\d(_?\d)*)?\s*$/i;

/** `float(v)`. */
export function asNumber(w: World, v: Value, offset: number): number {
  if (isNumber(v)) return Number(v);
  if (typeof v !== "string" || v.length > 400) return unfit(w, offset, "float", v);
  const word = /^\s*([+-]?)(inf|infinity|nan)\s*$/i.exec(v);
  if (word) return word[2].toLowerCase() === "nan" ? NaN : word[1] === "-" ? -Infinity : Infinity;
  return decimal.test(v) ? Number(v.replaceAll("_", "")) : noNumber(w, offset, "float", v);
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
