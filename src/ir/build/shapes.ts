import type { Misfit } from "../layer.ts";
import { isLiteral, isSource, leaves, type Model, type Value } from "../model.ts";
import type { ArrayLiteral, NestOf } from "../spec.ts";
import { formatShape, type Shape } from "../tensor.ts";
import { boundArguments } from "../bound-arguments.ts";
import { argument, outputShapes } from "./call.ts";

const key = (v: Value): string => `${v.node}/${v.tensor}/${v.layer}`;
const fitsInto = (given: Shape, wanted: Shape): boolean =>
  given.length === wanted.length &&
  given.every((d, k) => d === null || wanted[k] === null || d === wanted[k]);

/** What is passed to a model, in the order of its inputs: records by the names of its inputs, the rest by position. */
export function inputsFor<T extends { readonly kind: string }>(
  model: Model,
  given: NestOf<T>,
  misfit: Misfit,
): T[] {
  const wanted = model.inputs;
  if (!Array.isArray(given) && typeof (given as T).kind !== "string") {
    const record = given as Readonly<Record<string, NestOf<T>>>;
    const names = isRecord(wanted) ? Object.keys(wanted) : leaves(wanted).map((value) => value.layer);
    const missing = names.filter((name) => !Object.hasOwn(record, name));
    if (missing.length) misfit(`an input named ${missing.join(", ")}`, Object.keys(record).join(", "));
    return names.flatMap((name) => leaves(record[name]));
  }
  const values = leaves(given);
  const count = leaves(wanted).length;
  return values.length === count
    ? values
    : misfit(`${count} input${count === 1 ? "" : "s"}`, `${values.length}`);
}

const isRecord = (nest: NestOf<Value>): nest is { readonly [key: string]: NestOf<Value> } =>
  !Array.isArray(nest) && typeof (nest as Value).kind !== "string";

/** The output shapes of a model called on these values. */
export function innerShapes(model: Model, given: NestOf<Value>, misfit: Misfit): Shape[] {
  const shapes = inputsFor(model, given, misfit).map((value) => value.shape);
  return shapesThrough(model, shapes, misfit);
}

/** The same by the shapes of its inputs, in their order. */
export function shapesThrough(model: Model, given: readonly Shape[], misfit: Misfit): Shape[] {
  const inputs = leaves(model.inputs);
  inputs.forEach((input, k) => {
    if (!fitsInto(given[k], input.shape))
      misfit(`shape ${formatShape(input.shape)} for input "${input.layer}"`, formatShape(given[k]));
  });
  const same = inputs.every((input, k) => `${input.shape}` === `${given[k]}`);
  const shapes = new Map(inputs.map((input, k) => [key(input), given[k]]));
  const shapeOf = (v: Value | ArrayLiteral): Shape =>
    isLiteral(v) ? v.shape : (shapes.get(key(v)) ?? v.shape);
  for (const { layer, inputs: passed, args, outputs } of same ? [] : model.calls) {
    if (isSource(layer)) continue;
    const ins = (layer.model ? inputsFor(layer.model, passed, misfit) : leaves(passed)).map(shapeOf);
    const outs = layer.model
      ? shapesThrough(layer.model, ins, misfit)
      : outputShapes(
          layer.def!,
          layer.config,
          argument(layer.def!, ins),
          boundArguments(layer.def!, args, shapeOf),
        );
    outputs.forEach((value, k) => shapes.set(key(value), outs[k]));
  }
  return leaves(model.outputs).map(shapeOf);
}
