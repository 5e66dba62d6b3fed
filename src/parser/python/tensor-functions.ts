import { named, ofBackend } from "../../ir/tensorflow/functions.ts";
import type { Args } from "./arguments.ts";
import type { KerasName } from "./names.ts";
import { tensorsIn } from "./plain.ts";
import { callForeign, callOperation, operationNamed, operationOf } from "./tensor-operations.ts";
import type { Value } from "./values.ts";
import type { World } from "./world.ts";

const OPS = /^keras\.ops(\.|$)/;
/** Functions of `keras.activations` that Keras makes another operation of than `keras.ops` does. */
const ACTIVATIONS: Readonly<Record<string, string>> = { relu: "ReLU", tanh: "Tanh", exponential: "Exp" };

export const hasTensors = ({ positional, keyword }: Args): boolean =>
  [...positional, ...keyword.values()].some(({ value }) => tensorsIn(value).length > 0);

/** A function of Keras called on tensors; undefined where nothing here computes it. */
export function callOnTensors(w: World, { module, name }: KerasName, args: Args): Value | undefined {
  const what = `${module}.${name}`;
  if (module === "keras.activations") return callActivation(w, what, name, args);
  if (module === "keras.backend") {
    const foreign = ofBackend(name);
    return foreign && callForeign(w, what, foreign, args);
  }
  const operation = OPS.test(module) ? operationNamed(name) : undefined;
  return operation && callOperation(w, what, operation, args);
}

function callActivation(w: World, what: string, name: string, args: Args): Value | undefined {
  if (name === "linear") return args.positional[0]?.value;
  const other = Object.hasOwn(ACTIVATIONS, name) ? operationOf(ACTIVATIONS[name]) : operationNamed(name);
  if (!other) return undefined;
  // `keras.activations.gelu` is the exact one unless it is told otherwise
  const isGelu = name === "gelu" && args.positional.length < 2 && !args.keyword.has("approximate");
  const keyword = isGelu
    ? new Map([...args.keyword, ["approximate", { value: false, offset: args.offset }] as const])
    : args.keyword;
  return callOperation(w, what, other, { ...args, keyword });
}

/** A function of TensorFlow called on tensors: `tensorflow.reduce_mean`; undefined where nothing here computes it. */
export function callLibraryOnTensors(w: World, path: string, args: Args): Value | undefined {
  const [library, ...names] = path.split(".");
  const foreign = library === "tensorflow" ? named(names.join(".")) : undefined;
  return foreign && callForeign(w, path, foreign, args);
}
