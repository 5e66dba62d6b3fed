import type { Extent } from "../kernels.ts";
import type { Local, Value } from "./code.ts";
import { apply, get, int } from "./values.ts";

/** floor(n · k / multiple) · multiple, or the literal. */
export function extentValue(extent: Extent, n: Local): Value {
  if (typeof extent === "number") return int(extent);
  const { n: times, multiple = 1 } = extent;
  const product = times === 1 ? get(n) : apply("i32.mul", get(n), int(times));
  if (multiple === 1) return product;
  if (Number.isInteger(Math.log2(multiple))) return apply("i32.and", product, int(-multiple));
  return apply("i32.mul", apply("i32.div_s", product, int(multiple)), int(multiple));
}

const multipleOf = (extent: Extent): number => (typeof extent === "number" ? extent : (extent.multiple ?? 1));

/** ceil((to − from) / step); not positive where the loop does not run. */
export function tripCount(from: Extent, to: Extent, step: number, n: Local): Value {
  const distance =
    from === 0 ? extentValue(to, n) : apply("i32.sub", extentValue(to, n), extentValue(from, n));
  if (step === 1) return distance;
  const even = multipleOf(from) % step === 0 && multipleOf(to) % step === 0;
  return apply("i32.div_s", even ? distance : apply("i32.add", distance, int(step - 1)), int(step));
}
