import { internal, ModelError } from "../../diagnostics.ts";
import { takesTensors } from "../../ir/call-arguments.ts";
import { operations } from "../../ir/operations/index.ts";
import { cuts, sizesOf } from "../../ir/operations/joining.ts";
import type { Operation } from "../../ir/operations/operation.ts";
import {
  argumentsOf,
  type Call,
  isLiteral,
  type Layer,
  type Passed,
  usedBy,
  type Value,
} from "../../ir/model.ts";
import type { Literal } from "../../ir/spec.ts";
import { axisOf, type Shape } from "../../ir/tensor.ts";
import { inWholeAxes } from "../../ir/whole-axes.ts";
import { float } from "../python-float.ts";
import { exported, exportedName, type Foreign } from "../../ir/tensorflow/functions.ts";

const all = new Set<unknown>(operations.flat());
/** Whether a layer is a function that stands among layers. */
export const isOperation = (layer: Layer): boolean => all.has(layer.def);

/** The function as tf.keras says it: `TFOpLambda` with the function's name. */
export function lambdaObject(layer: Layer): { readonly class_name: string; readonly config: object } {
  const symbol = symbolOf(layer);
  const class_name = symbol === GETITEM ? "SlicingOpLambda" : "TFOpLambda";
  return { class_name, config: { name: layer.name, function: symbol } };
}

type Config = Layer["config"];

const GETITEM = "__operators__.getitem";

function symbolOf(layer: Layer): string {
  const symbol = exportedName(layer.def as unknown as Operation);
  if (symbol !== undefined) return symbol;
  throw refused(layer, `tf.keras has no function for ${layer.def!.name}`);
}

const refused = ({ name }: Layer, why: string): ModelError =>
  new ModelError({
    code: "not-in-keras-2",
    message: `This operation cannot be said to Keras 2: ${why}.`,
    at: { path: name },
    hint: "Write it for Keras 3, or compile the model to a bundle.",
  });

/** A tensor of a call as `[layer, node, tensor]`. */
type Refer = (value: Value) => readonly [string, number, number];

/** A call as TensorFlow has it: its function, and what each argument is called there and in Keras, in Python's order. */
export interface ForeignCall {
  readonly symbol: string;
  readonly given: readonly { readonly theirs: string; readonly ours: string; readonly value: Passed }[];
}

/** A call of an operation in the words of TensorFlow; a ModelError where it has none. */
export function foreignCall(call: Call): ForeignCall {
  const { layer } = call;
  const symbol = symbolOf(layer);
  const foreign = exported(symbol)!;
  unsaid(layer, foreign);
  const said: Readonly<Record<string, Passed>> = {
    ...(layer.config as Readonly<Record<string, Passed>>),
    ...Object.fromEntries(argumentsOf(call)),
    ...otherwise(call),
  };
  const given = [...foreign.names].flatMap(([theirs, ours]) =>
    ours === undefined ? [] : [{ theirs, ours, value: said[ours] ?? null }],
  );
  return { symbol, given };
}

/** The options of a call that TensorFlow takes in other values. */
function otherwise(call: Call): Readonly<Record<string, Passed>> {
  const { def, config } = call.layer;
  if (def?.name === "Flip") return { axis: reversed(config.axis, usedBy(call)[0].shape.length) };
  if (def?.name === "Split") return { indices_or_sections: partSizes(config, usedBy(call)[0].shape) };
  if (def?.name === "Normalize") return { epsilon: squared((config.epsilon ?? 1e-7) as number) };
  return {};
}

/** TensorFlow bounds the sum of squares, Keras its root; as short as it was. */
const squared = (epsilon: number): number => Number((epsilon * epsilon).toPrecision(15));

/** `tf.reverse` takes its axes in a list alone, and all of them where Keras says none. */
function reversed(said: Config[string], rank: number): readonly number[] {
  const axis = said ?? Array.from({ length: rank }, (_, k) => k);
  return (Array.isArray(axis) ? axis : [axis]) as readonly number[];
}

/** `tf.split` takes a number of parts as Keras does, but the sizes of others instead of where they end. */
function partSizes({ indices_or_sections: said, axis }: Config, shape: Shape): number | readonly number[] {
  if (typeof said === "number") return said;
  const size = shape[axisOf(axis as number, shape.length)];
  return sizesOf(cuts(said as readonly number[], size));
}

/** A call of a function: its first argument with all others by name in its last place. */
export function lambdaNode(call: Call, refer: Refer): unknown {
  const [first, ...rest] = foreignCall(call).given;
  const rank = isTensor(first.value) ? first.value.shape.length : 0;
  const named = rest.flatMap(({ theirs, value }) =>
    // tf.keras writes `...` in a way that it does not read
    value === null ? [] : [{ theirs, value: inWholeAxes(value, rank) }],
  );
  const kwargs = Object.fromEntries(named.map(({ theirs, value }) => [theirs, plain(value, refer)]));
  return firstArgument(first.value, kwargs, refer, computesIn(call));
}

/** Refuses options that the function of TensorFlow has not, and those that it says in other values. */
function unsaid(layer: Layer, { names, operation }: Foreign): void {
  const known = new Set(names.values());
  const other = Object.entries(operation.config).find(
    ([key, field]) => !known.has(key) && JSON.stringify(layer.config[key]) !== JSON.stringify(field.default),
  );
  if (other) throw refused(layer, `tf.keras has no ${other[0]} for ${operation.name}`);
  if (SAID_OTHERWISE.has(operation.name)) throw refused(layer, `${operation.name} is another function there`);
  if (Object.values(operation.call ?? {}).some((one) => takesTensors(one) && one.variadic))
    throw refused(layer, `tf.keras cannot read ${operation.name} again`);
}
const SAID_OTHERWISE = new Set(["Norm"]);

/** The type of the first tensor of a call: what TensorFlow makes of a number in the first place it does not ask others. */
const computesIn = (call: Call): string | undefined => usedBy(call)[0]?.dtype;

function firstArgument(value: Passed, kwargs: object, refer: Refer, dtype: string | undefined): unknown {
  if (Array.isArray(value))
    return (value as readonly Passed[]).map((one) => firstArgument(one, kwargs, refer, dtype));
  if (isTensor(value)) return [...refer(value), kwargs];
  const constant = dtype?.includes("float") ? float(value) : value;
  return ["_CONSTANT_VALUE", -1, constant instanceof Number ? constant : plain(value, refer), kwargs];
}

const isTensor = (passed: Passed): passed is Value =>
  typeof passed === "object" && passed !== null && (passed as Value).kind === "value";

function plain(passed: Passed, refer: Refer): unknown {
  if (typeof passed !== "object" || passed === null) return passed;
  if (isTensor(passed)) return refer(passed);
  if (isLiteral(passed)) return literal(passed);
  return Array.isArray(passed) ? (passed as readonly Passed[]).map((part) => plain(part, refer)) : passed;
}

function literal(value: Literal): unknown {
  if (value.kind === "ellipsis") throw internal("an ellipsis stands for whole axes here");
  if (value.kind === "slice") return { start: value.start, stop: value.stop, step: value.step };
  return nested(value.shape, value.data);
}

/** A row-major array as nested lists. */
export function nested([size, ...rest]: readonly number[], data: readonly number[]): unknown {
  if (size === undefined) return data[0];
  const width = rest.reduce((n, d) => n * d, 1);
  return Array.from({ length: size }, (_, k) => nested(rest, data.slice(k * width, (k + 1) * width)));
}
