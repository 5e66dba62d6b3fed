import { fill, permuted, reducedShape, squeezed } from "./array-shapes.ts";
import { type Args, bind } from "./arguments.ts";
import { array, unknownArray } from "./data.ts";
import { asArray, expandDims, numberType } from "./numpy.ts";
import { reduceKnown } from "./known-arrays.ts";
import { integer } from "./plain.ts";
import { type DataValue, is, isNumber, type Value } from "./values.ts";
import { opaque, spendSize, type World } from "./world.ts";

/** numpy's functions that make arrays of constants, join them and turn their axes. Undefined for what is not read. */
type Maker = (w: World, arg: (name: string) => Value, offset: number) => Value | undefined;
interface Entry {
  readonly names: string;
  readonly make: Maker;
}

const sizes = (w: World, v: Value, offset: number): number[] | undefined => {
  const items = is(v, "list", "tuple") ? v.items : [v];
  return items.every((n) => typeof n === "bigint" && n >= 0n)
    ? items.map((n) => integer(w, n as bigint, offset))
    : undefined;
};

/** An array of one number. */
const filled =
  (value: number | undefined): Maker =>
  (w, arg, offset) => {
    const shape = sizes(w, arg("shape"), offset);
    const given = arg("fill_value");
    const number = value ?? (isNumber(given) ? Number(given) : undefined);
    if (shape === undefined || number === undefined) return undefined;
    const own = value !== undefined || typeof given === "number" ? "float64" : "int64";
    const dtype = arg("dtype") === null ? own : numberType(arg("dtype"));
    return dtype && array(w, { op: "fill", shape, value: number, dtype }, shape);
  };

function arange(w: World, arg: (name: string) => Value, offset: number): Value | undefined {
  const [a, b, c] = ["start", "stop", "step"].map(arg);
  const [start, stop, step] = b === null ? [0n, a, c ?? 1n] : [a, b, c ?? 1n];
  const asked = arg("dtype") === null ? null : numberType(arg("dtype"));
  if (!isNumber(start) || !isNumber(stop) || !isNumber(step) || asked === undefined) return undefined;
  const length = Math.ceil((Number(stop) - Number(start)) / Number(step));
  if (!(length >= 0 && length <= 100_000)) return undefined;
  spendSize(w, length, offset);
  const whole = [start, stop, step].every((n) => typeof n === "bigint");
  const data = Array.from({ length }, (_, i) => Number(start) + i * Number(step));
  const dtype = asked ?? (whole ? "int64" : "float64");
  return array(w, { op: "constant", shape: [length], dtype, data }, [length]);
}

function linspace(w: World, arg: (name: string) => Value): Value | undefined {
  const [start, stop, num] = [arg("start"), arg("stop"), arg("num") ?? 50n];
  if (!isNumber(start) || !isNumber(stop) || typeof num !== "bigint" || num < 2n || num > 1000n)
    return undefined;
  const [first, last, parts] = [Number(start), Number(stop), Number(num) - 1];
  const data = Array.from({ length: parts + 1 }, (_, i) =>
    i === parts ? last : i * ((last - first) / parts) + first,
  );
  spendSize(w, data.length, w.now.offset);
  return array(w, { op: "constant", shape: [data.length], dtype: "float64", data }, [data.length]);
}

/** `concatenate`, and with a new axis first `stack`. */
const joined =
  (along: number | undefined, fresh: boolean): Maker =>
  (w, arg, offset) => {
    const [list, axis] = [arg("arrays"), along === undefined ? (arg("axis") ?? 0n) : BigInt(along)];
    if (!is(list, "list", "tuple") || typeof axis !== "bigint" || list.items.length === 0) return undefined;
    const parts = list.items.map((item) => asArray(w, item, offset));
    if (parts.some((part) => part === undefined)) return undefined;
    const found = (parts as DataValue[]).map((part) => (fresh ? expandDims(w, part, axis) : part));
    return concatenated(w, found, Number(axis));
  };

function concatenated(w: World, parts: readonly DataValue[], axis: number): DataValue {
  const unknown = parts.find((part) => w.steps[part.step].op === "unknown");
  if (unknown) return unknown;
  const shapes = parts.flatMap((part) => (part.shape ? [part.shape] : []));
  const [first] = shapes;
  const at = first && (axis < 0 ? axis + first.length : axis);
  const shape =
    shapes.length === parts.length && first
      ? first.map((n, i) => (i === at ? shapes.reduce((sum, s) => sum + s[i], 0) : n))
      : undefined;
  return array(w, { op: "concatenate", parts: parts.map((part) => part.step), axis }, shape);
}

/** `np.transpose(a, axes)`, and `a.T` without axes. */
export function transposed(w: World, data: DataValue, axes: Value, offset: number): DataValue {
  const order = axes === null ? null : (sizes(w, axes, offset) ?? undefined);
  if (order === undefined) return unknownArray(w);
  return array(w, { op: "transpose", of: data.step, axes: order }, data.shape && permuted(data.shape, order));
}

/** `np.squeeze(a, axis)`. */
export function squeeze(w: World, data: DataValue, axis: Value): DataValue {
  if (axis !== null && typeof axis !== "bigint") return unknownArray(w);
  const at = axis === null ? null : Number(axis);
  return array(w, { op: "squeeze", of: data.step, axis: at }, data.shape && squeezed(data.shape, at));
}

/** `np.tril(m, k)` and `np.triu(m, k)`. */
const triangle =
  (part: "lower" | "upper"): Maker =>
  (w, arg, offset) => {
    const data = asArray(w, arg("m"), offset);
    const k = arg("k") ?? 0n;
    if (data === undefined || typeof k !== "bigint") return undefined;
    return array(w, { op: "triangle", of: data.step, part, diagonal: integer(w, k, offset) }, data.shape);
  };

/** `np.mean(a, axis)` and the like: a number that nobody knows, or as many as the shape says. */
export function reduced(w: World, data: DataValue, axis: Value, keepdims: Value): Value {
  const { shape } = data;
  const every = axis === null;
  const given = every ? [] : is(axis, "list", "tuple") ? axis.items : [axis];
  const axes = every ? shape?.map((_, i) => i) : given.every((one) => typeof one === "bigint") && given;
  if (every && keepdims !== true) return { ...opaque(w), scalar: true };
  const left = shape && axes && reducedShape(shape, axes.map(Number), keepdims === true);
  if (!left) return opaque(w);
  return left.length === 0 ? { ...opaque(w), scalar: true } : fill(w, unknownArray(w), left);
}
const reduction = (name: string): Entry => ({
  names: "a axis dtype out keepdims",
  make: (w, arg, offset) => {
    const data = asArray(w, arg("a"), offset);
    if (!data) return undefined;
    const known = arg("axis") === null && arg("keepdims") === null && arg("dtype") === null;
    return (known && reduceKnown(w, name, data)) || reduced(w, data, arg("axis"), arg("keepdims"));
  },
});

const onArray =
  (make: (w: World, data: DataValue, arg: (name: string) => Value, offset: number) => Value): Maker =>
  (w, arg, offset) => {
    const data = asArray(w, arg("a"), offset);
    return data && make(w, data, arg, offset);
  };

const table: Readonly<Record<string, Entry>> = {
  zeros: { names: "shape dtype", make: filled(0) },
  ones: { names: "shape dtype", make: filled(1) },
  full: { names: "shape fill_value dtype", make: filled(undefined) },
  arange: { names: "start stop step dtype", make: arange },
  linspace: { names: "start stop num", make: linspace },
  range: {
    names: "start limit delta dtype",
    make: (w, arg, offset) => arange(w, (key) => arg({ stop: "limit", step: "delta" }[key] ?? key), offset),
  },
  concatenate: { names: "arrays axis", make: joined(undefined, false) },
  concat: { names: "arrays axis", make: joined(undefined, false) },
  stack: { names: "arrays axis", make: joined(undefined, true) },
  vstack: { names: "arrays", make: (w, arg, offset) => rows(w, arg("arrays"), offset) },
  transpose: { names: "a axes", make: onArray((w, a, arg, offset) => transposed(w, a, arg("axes"), offset)) },
  tril: { names: "m k", make: triangle("lower") },
  triu: { names: "m k", make: triangle("upper") },
  squeeze: { names: "a axis", make: onArray((w, a, arg) => squeeze(w, a, arg("axis"))) },
  ...Object.fromEntries(
    ["mean", "median", "std", "var", "sum", "min", "max", "amin", "amax"].map((name) => [
      name,
      reduction(name),
    ]),
  ),
};

/** `vstack` takes rows for tables of one row. */
function rows(w: World, list: Value, offset: number): Value | undefined {
  if (!is(list, "list", "tuple")) return undefined;
  const parts = list.items.map((item) => asArray(w, item, offset));
  if (parts.some((part) => part?.shape === undefined)) return undefined;
  const tables = (parts as DataValue[]).map((part) =>
    part.shape!.length === 1 ? expandDims(w, part, 0n) : part,
  );
  return concatenated(w, tables, 0);
}

/** A call of numpy or TensorFlow that makes arrays; undefined where it is none, or not read. */
export function callArrays(w: World, path: string, args: Args): Value | undefined {
  const [, name] = /^(?:numpy|tensorflow)\.(\w+)$/.exec(path) ?? [];
  if (name === undefined || !Object.hasOwn(table, name)) return randomArray(w, path, args);
  const { names, make } = table[name];
  const known = names.split(" ");
  if (args.positional.length > known.length || [...args.keyword.keys()].some((key) => !known.includes(key)))
    return undefined;
  const bound = bind(w, path, known, args);
  return make(w, (key) => bound.get(key)?.value ?? null, args.offset);
}

const random = /^(numpy|tensorflow)\.random\.(\w+)$/;
/** Random data has a shape, but no numbers that could be known here. */
function randomArray(w: World, path: string, { positional, keyword, offset }: Args): Value | undefined {
  const [, library, name] = random.exec(path) ?? [];
  if (name === undefined || /^(seed|shuffle|set_seed|default_rng|RandomState)$/.test(name)) return undefined;
  const spread = name === "rand" || name === "randn";
  const given =
    keyword.get("size") ??
    keyword.get("shape") ??
    (spread ? undefined : positional[library === "numpy" ? placeOfSize(name) : 0]);
  const shape = spread
    ? sizes(w, { kind: "tuple", items: positional.map(({ value }) => value) }, offset)
    : given && sizes(w, given.value, offset);
  return fill(
    w,
    unknownArray(w, { ...opaque(w), reason: "numpy's random numbers are not drawn here" }),
    shape,
  );
}

/** Where the size stands among arguments without their names. */
const placeOfSize = (name: string): number => (/^(random|random_sample|standard_normal)$/.test(name) ? 0 : 2);
