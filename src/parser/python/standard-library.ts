import type { Args } from "./arguments.ts";
import { apply, callBuiltin, iterate } from "./builtins.ts";
import { is, isNumber, type Key, listOf, str, tuple, type Value } from "./values.ts";
import { callFlags, newParser } from "./command-line.ts";
import { importedModule } from "./imports.ts";
import { field, fieldsOf, namedTuple } from "./objects-of-values.ts";
import { splitData } from "./split-data.ts";
import { looseVersion, parsedVersion } from "./versions.ts";
import { note, opaque, spendSize, type World } from "./world.ts";

type Call = (w: World, args: Args, lists: readonly (readonly Value[])[]) => Value | undefined;

/** Every choice of one item from each list, the last list going fastest. */
function product(w: World, { offset }: Args, lists: readonly (readonly Value[])[]): Value {
  const count = lists.reduce((n, list) => n * list.length, 1);
  spendSize(w, count * (lists.length + 1), offset);
  return listOf(
    Array.from({ length: count }, (_, at) => {
      const picked: Value[] = [];
      for (let [k, rest] = [lists.length - 1, at]; k >= 0; k--) {
        picked.unshift(lists[k][rest % lists[k].length]);
        rest = Math.floor(rest / lists[k].length);
      }
      return tuple(picked);
    }),
  );
}

function power(_w: World, { positional: [x, y] }: Args): Value | undefined {
  return x && y && isNumber(x.value) && isNumber(y.value) ? Number(x.value) ** Number(y.value) : undefined;
}

/** What a variable of the surroundings is where it is not set. */
function environment(w: World, { positional: [name, other], keyword }: Args): Value | undefined {
  const given = typeof name?.value === "string" ? w.defined.get(name.value) : undefined;
  if (given !== undefined) {
    w.commandLine.taken.add(name.value as string);
    return isNumber(given) ? str(given) : given;
  }
  const value = (other ?? keyword.get("default"))?.value;
  if (value === undefined || typeof name?.value !== "string") return undefined;
  note(w, name.offset, `Variables of the surroundings are not read: ${name.value} is taken at its default.`);
  return value;
}

/** What shows how far a loop is goes through the same items. */
function itself(_w: World, { positional: [items] }: Args): Value | undefined {
  return items?.value;
}

/** `functools.reduce`: what a function makes of the first two, of that and the third, and so on. */
function folded(w: World, { positional: [fn, over, first], offset }: Args): Value | undefined {
  const all = over && iterate(w, over.value, over.offset);
  if (!fn || !all || (all.length === 0 && !first)) return undefined;
  const [start, rest] = first ? [first.value, all] : [all[0], all.slice(1)];
  return rest.reduce((made, item) => apply(w, fn.value, [made, item], { offset }), start);
}

/** `itertools.repeat(v, times)`; without end it is not read. */
function repeated(w: World, { positional: [v, times], keyword, offset }: Args): Value | undefined {
  const count = (times ?? keyword.get("times"))?.value;
  if (!v || typeof count !== "bigint") return undefined;
  const length = Number(spendSize(w, Math.max(0, Number(count)), offset));
  return listOf(Array.from({ length }, () => v.value));
}

/** `types.SimpleNamespace(units=6)`. */
function namespace(w: World, { positional, keyword }: Args): Value | undefined {
  if (positional.length > 0) return undefined;
  const values = new Map([...keyword].map(([name, { value }]) => [name, value] as const));
  return { kind: "namespace", values, other: opaque(w), has_init: false, makes_tuples: false };
}

/** `math.gcd`, `math.isqrt` of whole numbers. */
const whole =
  (f: (...numbers: bigint[]) => bigint): Call =>
  (_w, { positional }) => {
    const numbers = positional.map(({ value }) => value);
    const fits = numbers.every((n) => typeof n === "bigint" && n >= 0n && n < 1n << 53n);
    return fits && numbers.length > 0 ? f(...(numbers as bigint[])) : undefined;
  };
const gcd = (a: bigint, b: bigint): bigint => (b === 0n ? a : gcd(b, a % b));
/** Exact below 2^53, but for the last one. */
function root(n: bigint): bigint {
  const near = BigInt(Math.floor(Math.sqrt(Number(n))));
  return near * near > n ? near - 1n : near;
}

/** Functions over lists, by path. */
const overLists: Readonly<Record<string, Call>> = {
  "itertools.product": product,
  "itertools.chain": (_w, _args, lists) => listOf(lists.flat()),
  "itertools.pairwise": (_w, _args, [list]) => listOf(list.slice(1).map((v, i) => tuple([list[i], v]))),
  "itertools.chain.from_iterable": (w, { offset }, [list]) => {
    const lists = list.map((one) => iterate(w, one, offset));
    return lists.includes(undefined) ? undefined : listOf((lists as (readonly Value[])[]).flat());
  },
};
const others: Readonly<Record<string, Call>> = {
  "importlib.import_module": (w, args) => importedModule(w, args, true),
  "argparse.ArgumentParser": newParser,
  "math.pow": power,
  "math.gcd": whole((...numbers) => numbers.reduce(gcd)),
  "math.isqrt": whole(root),
  "itertools.repeat": repeated,
  "types.SimpleNamespace": namespace,
  "dataclasses.asdict": (_w, { positional: [one] }) =>
    one && is(one.value, "namespace") ? fieldsOf(one.value) : undefined,
  "packaging.version.parse": parsedVersion,
  "packaging.version.Version": parsedVersion,
  "distutils.version.LooseVersion": looseVersion,
  "distutils.version.StrictVersion": parsedVersion,
  "functools.reduce": folded,
  "collections.OrderedDict": (w, args) => callBuiltin(w, "dict", args),
  "collections.namedtuple": namedTuple,
  "dataclasses.field": field,
  "os.getenv": environment,
  "os.environ.get": environment,
  "sklearn.model_selection.train_test_split": splitData,
  "sklearn.cross_validation.train_test_split": splitData,
  "tqdm.tqdm": itself,
  "tqdm.auto.tqdm": itself,
  "tqdm.notebook.tqdm": itself,
  "tqdm.tqdm_notebook": itself,
  "tqdm.trange": (w, args) => callBuiltin(w, "range", { ...args, keyword: new Map() }),
  "copy.deepcopy": (_w, { positional: [one] }) => one && copied(one.value),
};

/** Lists and dicts anew, all the way down; a layer is not copied here. */
function copied(v: Value): Value | undefined {
  if (is(v, "list", "tuple")) {
    const items = v.items.map(copied);
    if (items.includes(undefined)) return undefined;
    return is(v, "list") ? listOf(items as Value[]) : tuple(items as Value[]);
  }
  if (!is(v, "dict")) return is(v, "layer", "tensor", "object") ? undefined : v;
  const entries = [...v.entries].map(([key, one]) => [key, copied(one)] as const);
  if (entries.some(([, one]) => one === undefined)) return undefined;
  return { kind: "dict", entries: new Map(entries as [Key, Value][]) };
}

/** A function of Python's own library on known values; undefined where it is none, or not read. */
export function callStandard(w: World, path: string, args: Args): Value | undefined {
  if (/^(absl|tensorflow)\b/.test(path)) return callFlags(w, path, args);
  if (Object.hasOwn(others, path)) return others[path](w, args, []);
  if (!Object.hasOwn(overLists, path) || args.keyword.size > 0) return undefined;
  const lists = args.positional.map(({ value, offset }) => iterate(w, value, offset));
  return lists.includes(undefined) ? undefined : overLists[path](w, args, lists as (readonly Value[])[]);
}
