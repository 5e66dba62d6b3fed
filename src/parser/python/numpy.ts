import type { NumberType } from "../training-spec.ts";
import { type Args, bind, bindKnown, type Given } from "./arguments.ts";
import { numel } from "../../ir/tensor.ts";
import { array, constantArray, given, reshaped, unknownArray } from "./data.ts";
import { numbersOf, pythonNumber, reduceKnown } from "./known-arrays.ts";
import { fill } from "./array-shapes.ts";
import { classesOf } from "./labels.ts";
import { integer, isUnread, plain } from "./plain.ts";
import { type DataValue, describe, is, isNumber, type OpaqueValue, tuple, type Value } from "./values.ts";
import { callArrays } from "./numpy-arrays.ts";
import { pythonRandom } from "../../ir/random/python-random.ts";
import { fail, note, opaque, type World } from "./world.ts";

const numberTypes: readonly NumberType[] = ["float64", "float32", "int64", "int32", "uint8", "bool"];

/** A dtype argument: a string, np.float32, float; undefined where arrays of it are not known. */
export function numberType(v: Value): NumberType | undefined {
  const name =
    typeof v === "string"
      ? v
      : is(v, "module")
        ? v.path.slice(v.path.lastIndexOf(".") + 1)
        : is(v, "builtin")
          ? v.name
          : "";
  const long = name === "float" ? "float64" : name === "int" ? "int64" : name.replace(/_$/, "");
  return numberTypes.find((type) => type === long);
}

/** The array that an argument means: an array, a name the user gives data for, or constants. */
export function asArray(w: World, v: Value, offset: number): DataValue | undefined {
  if (is(v, "data")) return v;
  if (is(v, "free")) return given(w, v);
  if (is(v, "list", "tuple") || isNumber(v)) return constantArray(w, v, offset);
  return undefined;
}

export function astype(w: World, data: DataValue, type: Value): DataValue {
  const dtype = numberType(type);
  return dtype === undefined ? unknownArray(w) : array(w, { op: "astype", of: data.step, dtype }, data.shape);
}

/** `x.reshape(a, b)` and `x.reshape((a, b))`. */
export function reshape(w: World, data: DataValue, dims: Value, offset: number): DataValue {
  const items = is(dims, "list", "tuple") ? dims.items : [dims];
  if (!items.every((n) => typeof n === "bigint")) return unknownArray(w);
  const shape = items.map((n) => integer(w, n as bigint, offset));
  const known = reshaped(data.shape, shape);
  if (data.shape && known === undefined) {
    fail(w, offset, "python-data", "An array of this size has no such shape.", {
      expected: `${data.shape.reduce((a, b) => a * b, 1)} elements`,
      received: describe(dims),
    });
  }
  return array(w, { op: "reshape", of: data.step, shape }, known, data);
}

export function expandDims(w: World, data: DataValue, axis: Value): DataValue {
  if (typeof axis !== "bigint") return unknownArray(w);
  const n = Number(axis);
  const shape = data.shape && [...data.shape];
  if (shape && n >= -shape.length - 1 && n <= shape.length)
    shape.splice(n < 0 ? shape.length + 1 + n : n, 0, 1);
  return array(w, { op: "expand_dims", of: data.step, axis: n }, shape, data);
}

export function toCategorical(w: World, data: DataValue, classes: Value, dtype: NumberType): DataValue {
  const known = classes === null || typeof classes === "bigint";
  if (!known) return unknownArray(w);
  const count = classes === null ? null : Number(classes);
  const base = data.shape?.at(-1) === 1 && data.shape.length > 1 ? data.shape.slice(0, -1) : data.shape;
  const many = count ?? classesOf(w, data);
  const shape = base && many !== undefined ? [...base, many] : undefined;
  return array(w, { op: "to_categorical", of: data.step, classes: count, dtype }, shape);
}

type Library = (w: World, args: Args, arg: (name: string) => Value | undefined) => Value | undefined;
interface Entry {
  readonly names: readonly string[];
  readonly call: Library;
}
/** An entry whose first argument is an array. */
const onArray = (
  names: string,
  call: (w: World, data: DataValue, arg: (name: string) => Value, offset: number) => Value,
): Entry => ({
  names: names.split(" "),
  call: (w, args, arg) => {
    const data = asArray(w, arg(names.split(" ")[0]) ?? null, args.offset);
    return data && call(w, data, (name) => arg(name) ?? null, args.offset);
  },
});
const convert = onArray("a dtype", (w, data, arg) =>
  arg("dtype") === null ? data : astype(w, data, arg("dtype")),
);
const copy = onArray("a dtype", (w, data, arg) => {
  const own = array(w, { op: "index", of: data.step, index: [] }, data.shape);
  return arg("dtype") === null ? own : astype(w, own, arg("dtype"));
});
const cast = onArray("a dtype", (w, data, arg) => astype(w, data, arg("dtype")));
const shapes = onArray("a shape", (w, data, arg, offset) => reshape(w, data, arg("shape"), offset));
const expand = onArray("a axis", (w, data, arg) => expandDims(w, data, arg("axis")));
/** The different numbers of an array, smallest first. */
function unique(w: World, data: DataValue): Value {
  const known = numbersOf(w, data);
  const numbers = [...new Set(known?.data)].sort((a, b) => a - b);
  const labels = known ? undefined : classesOf(w, data);
  if (labels !== undefined) return fill(w, unknownArray(w), [labels]);
  return known
    ? array(w, { op: "constant", shape: [numbers.length], dtype: known.dtype, data: numbers }, [
        numbers.length,
      ])
    : opaque(w);
}
const math = (f: (x: number) => number, whole = false): Entry => ({
  names: ["x"],
  call: (w, _args, arg) => {
    const given = arg("x");
    const x = given === undefined ? given : pythonNumber(w, given);
    if (x === undefined || !isNumber(x)) return undefined;
    return whole && Number.isSafeInteger(f(Number(x))) ? BigInt(f(Number(x))) : f(Number(x));
  },
});
const product: Entry = {
  names: ["a"],
  call: (_w, _args, arg) => {
    const a = arg("a");
    if (a === undefined || !is(a, "list", "tuple") || !a.items.every((n) => typeof n === "bigint"))
      return undefined;
    return (a.items as readonly bigint[]).reduce((x, y) => x * y, 1n);
  },
};

const paths: Entry = {
  names: ["a", "b", "c", "d", "e"],
  call: (_w, args) => {
    const parts = args.positional.map(({ value }) => value);
    return parts.every((part) => typeof part === "string")
      ? parts.join("/").replaceAll("//", "/")
      : undefined;
  },
};

/** Library functions that are understood, by canonical path. */
const library: Readonly<Record<string, Entry>> = {
  "numpy.array": copy,
  "numpy.asarray": convert,
  "numpy.expand_dims": expand,
  "numpy.reshape": shapes,
  "tensorflow.constant": convert,
  "tensorflow.convert_to_tensor": convert,
  "tensorflow.cast": cast,
  "tensorflow.reshape": shapes,
  "tensorflow.expand_dims": expand,
  "tensorflow.one_hot": onArray("a depth", (w, data, arg) => toCategorical(w, data, arg("depth"), "float32")),
  "os.path.join": paths,
  "numpy.prod": onArray("a", (w, data) => reduceKnown(w, "prod", data) ?? opaque(w)),
  "numpy.unique": onArray("ar", unique),
  "numpy.size": onArray("a", (w, { shape }) => (shape ? BigInt(numel(shape)) : opaque(w))),
  "numpy.ndim": onArray("a", (w, { shape }) => (shape ? BigInt(shape.length) : opaque(w))),
  "numpy.shape": onArray("a", (w, { shape }) => (shape ? tuple(shape.map(BigInt)) : opaque(w))),
  "math.prod": product,
  "math.sqrt": math(Math.sqrt),
  "numpy.sqrt": math(Math.sqrt),
  "math.log": math(Math.log),
  "math.log2": math(Math.log2),
  "math.exp": math(Math.exp),
  "math.ceil": math(Math.ceil, true),
  "math.floor": math(Math.floor, true),
  "numpy.ceil": math(Math.ceil),
  "numpy.floor": math(Math.floor),
};
const constants: Readonly<Record<string, Value>> = {
  "numpy.newaxis": null,
  "numpy.pi": Math.PI,
  "math.pi": Math.PI,
  "numpy.e": Math.E,
  "math.e": Math.E,
  "tensorflow.newaxis": null,
  "numpy.inf": Infinity,
  "math.inf": Infinity,
  "numpy.nan": NaN,
};
/** A constant of a library, by canonical path. */
export const libraryConstant = (path: string): Value | undefined =>
  Object.hasOwn(constants, path) ? constants[path] : undefined;
const dtypeCall = /^numpy\.(float32|float64|int32|int64|uint8|bool_)$/;

/** Functions that only look at what they are given: calling them leaves arrays as they are. */
const lookers =
  /^(matplotlib|seaborn|plotly|IPython|sklearn\.metrics|os|sys|time|warnings|pathlib|datetime|logging|tensorflow\.(print|test|config|get_logger|summary))\b/;
const mutators =
  /^(random\.shuffle|numpy\.random\.shuffle|numpy\.(put|place|copyto|putmask|fill_diagonal|put_along_axis)|.*\.shuffle)$/;
export const onlyLooks = (path: string): boolean =>
  lookers.test(path) ||
  (/^(numpy|tensorflow|math|pandas|scipy|sklearn)\b/.test(path) && !mutators.test(path));

/** Whether what a line made is a picture or a print, to which arrays can be passed unharmed. */
export const onlyShows = ({ text }: OpaqueValue): boolean => /^(plt|print|ax|axes|fig)\b/.test(text);

/** Seeds other than Keras's own. Keras 3 draws the seeds of layers from Python's `random`. */
function seedLibrary(w: World, path: string, { positional: [seed], offset }: Args): Value {
  if (path === "random.seed" && seed && typeof seed.value === "bigint" && !w.seed.fixed) {
    w.seed.random = pythonRandom(integer(w, seed.value, offset));
    note(
      w,
      offset,
      "random.seed sets the initial weights in Keras 3, not the order of batches; keras.utils.set_random_seed sets both.",
    );
  } else note(w, offset, `${path} does not set what Keras 3 draws; keras.utils.set_random_seed does.`);
  return null;
}
const seeders = [
  "random.seed",
  "numpy.random.seed",
  "tensorflow.random.set_seed",
  "tensorflow.set_random_seed",
];

/** A call of a library that is not Keras. */
export function callLibrary(w: World, path: string, args: Args): Value {
  if (seeders.includes(path)) return seedLibrary(w, path, args);
  if (dtypeCall.test(path)) {
    const data = asArray(w, args.positional[0]?.value ?? null, args.offset);
    return data ? astype(w, data, { kind: "module", path }) : opaque(w);
  }
  const made = callArrays(w, path, args);
  if (made !== undefined) return made;
  const entry = Object.hasOwn(library, path) ? library[path] : undefined;
  const bound = entry && looseBind(w, path, entry.names, args);
  const result = bound && entry.call(w, args, (name) => bound.get(name)?.value);
  if (result !== undefined) return result;
  w.risks.calls++;
  const arrays = [...args.positional, ...args.keyword.values()].map((given) => given.value);
  if (!onlyLooks(path)) for (const v of arrays) markChanged(w, v);
  return isUnread(path) ? { ...opaque(w), call: path } : opaque(w);
}

/** The first argument goes by several names in these libraries. */
function looseBind(
  w: World,
  path: string,
  names: readonly string[],
  args: Args,
): Map<string, Given> | undefined {
  if (args.positional.length > names.length) return undefined;
  const bound = bind(w, path, names, args);
  const first = [...bound].find(
    ([name]) =>
      !names.includes(name) && ["x", "input", "tensor", "value", "object", "indices", "arr"].includes(name),
  );
  if (first && !bound.has(names[0])) {
    bound.set(names[0], first[1]);
    bound.delete(first[0]);
  }
  if (bound.has("newshape")) {
    bound.set("shape", bound.get("newshape")!);
    bound.delete("newshape");
  }
  return [...bound.keys()].every((name) => names.includes(name)) ? bound : undefined;
}

/** What an unknown function was given may be changed by it. */
export function markChanged(w: World, v: Value): void {
  if (is(v, "free")) markChanged(w, given(w, v));
  else if (is(v, "data")) {
    w.steps.push({ op: "unknown", ...causeOf(w) });
    const step = w.steps.length - 1;
    for (const other of w.arrays) if (other.buffer === v.buffer) other.step = step;
  } else if (is(v, "list", "tuple")) for (const item of v.items) markChanged(w, item);
}
function causeOf(w: World): { line: number; text: string; at: ReturnType<typeof opaque>["at"] } {
  const { line, text, at } = opaque(w);
  return { line, text, at };
}

/** `keras.utils.to_categorical(x, num_classes)`. */
export function callToCategorical(w: World, args: Args): Value {
  const bound = bindKnown(w, "to_categorical", ["x", "num_classes", "dtype"], renamedY(args));
  const data = asArray(w, bound.get("x")?.value ?? null, args.offset);
  if (data === undefined) return opaque(w);
  if (bound.has("dtype") && plain(w, bound.get("dtype")!.value, args.offset) !== "float32") {
    return astype(
      w,
      toCategorical(w, data, bound.get("num_classes")?.value ?? null, "float64"),
      bound.get("dtype")!.value,
    );
  }
  return toCategorical(w, data, bound.get("num_classes")?.value ?? null, "float64");
}
/** Keras 2 calls the labels `y`. */
function renamedY(args: Args): Args {
  const y = args.keyword.get("y");
  return y === undefined
    ? args
    : { ...args, keyword: new Map([...args.keyword].map(([k, v]) => [k === "y" ? "x" : k, v])) };
}
