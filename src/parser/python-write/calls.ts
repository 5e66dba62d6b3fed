import { argumentsOf, type Call, isLiteral, type Passed, type Value } from "../../ir/model.ts";
import type { ArrayLiteral, Literal, NestOf } from "../../ir/spec.ts";
import { brackets, type Doc, flat } from "./layout.ts";
import { textLiteral } from "./literals.ts";
import { argument, value } from "./objects.ts";
import type { Source } from "./source.ts";

/** The expressions of values, by what tells them apart. */
export type Expressions = (value: Value) => string;

const isValue = (passed: Passed): passed is Value => (passed as { kind?: unknown }).kind === "value";

/** An argument of a call as Python has it. */
export function passed(source: Source, given: Passed, of: Expressions): Doc {
  if (typeof given !== "object" || given === null) return value(given);
  if (isLiteral(given)) return literal(source, given);
  if (isValue(given)) return of(given);
  if (Array.isArray(given))
    return brackets(
      "[",
      (given as readonly Passed[]).map((part) => passed(source, part, of)),
      "]",
    );
  const entries = Object.entries(given as Readonly<Record<string, Passed>>);
  return brackets(
    "{",
    entries.map(([key, part]): Doc => [`${textLiteral(key)}: `, passed(source, part, of)]),
    "}",
  );
}

function literal(source: Source, given: Literal): Doc {
  if (given.kind === "ellipsis") return "...";
  if (given.kind === "slice")
    return `slice(${[given.start, given.stop, given.step].map((part) => flat(value(part))).join(", ")})`;
  source.imports.add("numpy as np");
  return ["np.array(", nested(given.data, given.shape), `, dtype=${textLiteral(given.dtype)})`];
}

/** The elements of an array in lists of its shape. */
function nested(data: ArrayLiteral["data"], [size, ...rest]: readonly number[]): Doc {
  if (size === undefined) return value(data[0]);
  const step = data.length / Math.max(1, size);
  const parts = Array.from({ length: size }, (_, k) => nested(data.slice(k * step, (k + 1) * step), rest));
  return brackets("[", parts, "]");
}

/** The arguments of a call of a layer. */
export function callArguments(source: Source, call: Call, of: Expressions): Doc[] {
  const all = argumentsOf(call).flatMap(([key, given], k): Doc[] => {
    const doc = passed(source, given, of);
    if (k < call.positional) return [doc];
    return given === null ? [] : [argument(key, doc)];
  });
  return call.training === undefined ? all : [...all, argument("training", value(call.training))];
}

/** The variables that a call's outputs go to, and the expression of each output. */
export function outputs(
  call: Call,
  variable: (wish: string) => string,
  wish: string,
): { readonly target: string; readonly each: readonly string[] } {
  const nest: NestOf<Value> = call.layer.model?.outputs ?? together(call);
  const { length } = call.outputs;
  if (length === 1 && (!call.layer.model || Array.isArray(nest) || isValue(nest as Passed))) {
    const name = variable(wish);
    return { target: name, each: [name] };
  }
  if (Array.isArray(nest) && nest.length === length) {
    const names = call.outputs.map((_, k) => variable(`${wish}_${k}`));
    return { target: names.join(", "), each: names };
  }
  const name = variable(wish);
  return { target: name, each: paths(nest, name) };
}

/** The outputs of a layer, those that belong together in lists. */
function together({ layer, outputs }: Call): readonly NestOf<Value>[] {
  const sizes = layer.def?.groups?.(layer.config) ?? outputs.map(() => 1);
  let from = 0;
  return sizes.map((size) => (size === 1 ? outputs[from++] : outputs.slice(from, (from += size))));
}

/** The expressions of a nest's leaves, in the order of a call's outputs. */
function paths(nest: NestOf<Value>, from: string): string[] {
  if (Array.isArray(nest))
    return (nest as readonly NestOf<Value>[]).flatMap((part, k) => paths(part, `${from}[${k}]`));
  if (isValue(nest as Passed)) return [from];
  const record = nest as Readonly<Record<string, NestOf<Value>>>;
  return Object.keys(record)
    .sort()
    .flatMap((key) => paths(record[key], `${from}[${textLiteral(key)}]`));
}
