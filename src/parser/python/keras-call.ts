import { initializerTable } from "../../ir/fields/initializer.ts";
import { callLayer } from "./apply.ts";
import { type Args, bind, bindKnown } from "./arguments.ts";
import { backendSpecials } from "./backend.ts";
import { cloneModel } from "./clone.ts";
import { loadData } from "./data.ts";
import { isKeras1, ofKeras1 } from "./keras1.ts";
import { constructLayer } from "./layers.ts";
import { construct } from "./made-objects.ts";
import { withOptions } from "./options.ts";
import { functional, inputLayer, sequential } from "./models.ts";
import { type KerasName, lookUp } from "./names.ts";
import { callToCategorical } from "./numpy.ts";
import { callArrays } from "./numpy-arrays.ts";
import { plain } from "./plain.ts";
import { callOnTensors, hasTensors } from "./tensor-functions.ts";
import { recall } from "./saved.ts";
import type { Value } from "./values.ts";
import { kerasVersion } from "./versions.ts";
import { fail, note, opaque, setSeed, statementText, type World } from "./world.ts";

type Special = (w: World, args: Args) => Value;

/** Names with a meaning of their own, by module and name as Keras 3 has them. */
const specials: Readonly<Record<string, Special>> = {
  Input: (w, args) => inputLayer(w, args).calls[0].outputs[0],
  InputLayer: inputLayer,
  Sequential: sequential,
  Model: functional,
  set_random_seed: (w, args) => {
    const { value, offset } = bindKnown(w, "set_random_seed", ["seed"], args).get("seed") ?? {
      value: null,
      offset: args.offset,
    };
    if (typeof value !== "bigint" || value < 0n || value >= 2n ** 32n) {
      plain(w, value, offset);
      fail(w, offset, "python-value", "A seed must be a whole number from 0 to 4294967295.");
    }
    if (w.seed.fixed)
      note(w, args.offset, `The seed given from outside, ${w.seed.value}, is used instead of this one.`);
    else setSeed(w, Number(value));
    return null;
  },
  version: kerasVersion,
  to_categorical: callToCategorical,
  clear_session: (w) => {
    w.counters.clear();
    return null;
  },
};
const specialBackend = [
  "keras",
  "keras.backend",
  "keras.config",
  "keras.dtype_policies",
  "keras.mixed_precision",
];
const loaders = [
  "load_model",
  "model_from_json",
  "model_from_config",
  "model_from_yaml",
  "load_weights",
  "from_config",
];
const specialModules = ["keras", "keras.layers", "keras.models", "keras.utils", "keras.backend"];

/** Modules whose classes are plain objects with a config. */
const families = [
  "keras.optimizers",
  "keras.optimizers.schedules",
  "keras.losses",
  "keras.metrics",
  "keras.callbacks",
  "keras.initializers",
  "keras.regularizers",
  "keras.constraints",
];

/** Modules whose `get` gives what an identifier means. */
const givers = [...families, "keras.activations"];

/** Calls a class or function of Keras. */
export function callKeras(w: World, { name }: { readonly name: KerasName }, args: Args): Value {
  if (specialModules.includes(name.module) && Object.hasOwn(specials, name.name))
    return specials[name.name](w, args);
  if (specialBackend.includes(name.module) && Object.hasOwn(backendSpecials, name.name))
    return backendSpecials[name.name](w, args);
  if (loaders.includes(name.name)) return recall(w, name.name, args);
  if (name.name === "clone_model") return cloneModel(w, args);
  if (name.module.startsWith("keras.datasets.") && name.name === "load_data")
    return dataset(w, name.module.slice("keras.datasets.".length), args);
  if (name.kind === "class" && name.module === "keras.layers")
    return withOptions(w, constructLayer(w, name, args), args);
  if (name.kind === "class" && families.includes(name.module)) return construct(w, name, args);
  if (name.name === "get" && givers.includes(name.module)) return gotten(w, name, args);
  const cls = layerClass(w, name);
  if (cls) return callAsFunction(w, name, cls, args);
  if (hasTensors(args))
    return callOnTensors(w, name, args) ?? refuseTensors(w, `${name.module}.${name.name}`, args);
  if (name.module.startsWith("keras.applications") && /^[A-Z]/.test(name.name)) {
    const file = `${name.name.toLowerCase()}.keras`;
    fail(
      w,
      args.offset,
      "python-application",
      `${name.module}.${name.name} is not supported: write the model out, or read it from a file.`,
      { hint: `In Python, ${name.name}(…).save("${file}") makes one; keraunos opens it.` },
    );
  }
  const made = name.module.startsWith("keras.ops") ? callArrays(w, `numpy.${name.name}`, args) : undefined;
  if (made !== undefined) return made;
  note(w, w.now.offset, `Not run: ${statementText(w)}`);
  return opaque(w);
}

/** `initializers.get("he_normal")`: what is meant by a name; an initializer draws its seed at once. */
function gotten(w: World, { module }: KerasName, args: Args): Value {
  const [first = [...args.keyword.values()][0]] = args.positional;
  if (!first) return fail(w, args.offset, "python-arguments", "get needs an identifier.");
  const { value } = first;
  const def = module === "keras.initializers" && typeof value === "string" && initializerTable.get(value);
  const cls = def && lookUp(module, def.name);
  return cls ? construct(w, cls, { positional: [], keyword: new Map(), offset: args.offset }) : value;
}

/** Says that a function is not read on tensors. */
export function refuseTensors(w: World, what: string, { offset }: Args): never {
  return fail(w, offset, "python-tensor-function", `${what} on a tensor is not supported.`, {
    hint: "Use a layer that does the same.",
  });
}

/** The layer that a function of keras.layers stands for: `add` for `Add`, by its name. */
function layerClass(w: World, { kind, module, name }: KerasName): KerasName | undefined {
  if (kind !== "function" || module !== "keras.layers") return undefined;
  const cls = name.charAt(0).toUpperCase() + name.slice(1);
  return isKeras1(w) ? ofKeras1(module, cls) : lookUp(module, cls);
}

/** `layers.add([a, b], name=…)` is `layers.Add(name=…)([a, b])`. */
function callAsFunction(
  w: World,
  fn: KerasName,
  cls: KerasName,
  { positional, keyword, offset }: Args,
): Value {
  const [first] = fn.args;
  const bound = bind(w, fn.name, fn.args, { positional, keyword, offset });
  const inputs = bound.get(first);
  if (!inputs) return fail(w, offset, "python-arguments", `${fn.name} needs ${first}.`);
  bound.delete(first);
  const layer = constructLayer(w, cls, { positional: [], keyword: bound, offset });
  return callLayer(w, layer, { positional: [inputs], keyword: new Map(), offset });
}

function dataset(w: World, name: string, args: Args): Value {
  const options = [...args.keyword].filter(([key]) => key !== "path");
  return loadData(
    w,
    name,
    Object.fromEntries(options.map(([key, { value, offset }]) => [key, plain(w, value, offset)])),
  );
}
