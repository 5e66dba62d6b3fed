import type { Args } from "./arguments.ts";
import { fill } from "./array-shapes.ts";
import { unknownArray } from "./data.ts";
import { type DataValue, is, listOf, type Value } from "./values.ts";
import type { World } from "./world.ts";

/** How many of so many rows an option of scikit-learn asks for: a part of them, or a number. */
function rowsAsked(size: Value, rows: number, round: (n: number) => number): number | undefined {
  if (typeof size === "bigint") return Number(size);
  return typeof size === "number" ? round(size * rows) : undefined;
}

/** Rows of the two parts; undefined where they are not known, or more than there are. */
function partsOf(args: Args, rows: number): readonly [number, number] | undefined {
  const option = (name: string): Value => args.keyword.get(name)?.value ?? null;
  const [test, train] = [option("test_size"), option("train_size")];
  const last = rowsAsked(test === null && train === null ? 0.25 : test, rows, Math.ceil);
  const first = rowsAsked(train, rows, Math.floor);
  if ((test !== null && last === undefined) || (train !== null && first === undefined)) return undefined;
  const parts = [first ?? rows - last!, last ?? rows - first!] as const;
  return parts.every((n) => n > 0) && parts[0] + parts[1] <= rows ? parts : undefined;
}

/** `train_test_split(x, y, …)`: which rows go where is not known, only how many. */
export function splitData(w: World, args: Args): Value | undefined {
  const arrays = args.positional.map(({ value }) => value);
  const known = arrays.some((v) => is(v, "data") && v.shape !== undefined && v.shape.length > 0);
  if (!known || !arrays.every((v) => is(v, "data"))) return undefined;
  return listOf((arrays as DataValue[]).flatMap((one) => halves(w, args, one)));
}

function halves(w: World, args: Args, { shape }: DataValue): readonly DataValue[] {
  const parts = shape && shape.length > 0 ? partsOf(args, shape[0]) : undefined;
  return [0, 1].map((i) => fill(w, unknownArray(w), parts && [parts[i], ...shape!.slice(1)]));
}
