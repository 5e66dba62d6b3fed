import { printable } from "../diagnostics.ts";
import { isSource, type Layer, leaves, type Model, modelWeights, type Value } from "./model.ts";
import type { NestOf } from "./spec.ts";
import { formatShape } from "./tensor.ts";

/** A model as text: layers with their validated configs, calls with shapes, weights in Keras's order. */
export function printIr(model: Model): string {
  const weights = modelWeights(model).map(({ weight, trainable }) => {
    const seed = weight.seed === undefined ? "" : ` seed ${weight.seed}`;
    return `  ${weight.path} ${formatShape(weight.shape)} ${weight.initializer.class_name}${seed}${trainable ? "" : " not trained"}`;
  });
  return `${printable([...lines(model, model.name, ""), ...(weights.length ? ["weights", ...weights] : [])].join("\n"))}\n`;
}

function lines(model: Model, name: string, indent: string): string[] {
  const inside = `${indent}  `;
  return [
    `${indent}${model.class_name} ${name}${model.built ? "" : " (not built)"}`,
    ...model.layers.flatMap((layer) => layerLines(layer, inside)),
    ...(model.built ? [`${inside}return ${values(model.outputs)}`] : []),
  ];
}

function layerLines(layer: Layer, indent: string): string[] {
  const head = layer.model
    ? lines(layer.model, layer.name, indent)
    : [`${indent}${layer.class_name} ${layer.name}${config(layer)}`];
  const calls = layer.calls.map(({ inputs, outputs, training }) => {
    const from = isSource(layer) ? "" : `${values(inputs)} → `;
    const mode = training === undefined ? "" : ` training=${training}`;
    return `${indent}  ${from}${outputs.map(value).join(", ")}${mode}`;
  });
  return [...head, ...calls];
}

/** Options other than their defaults. */
function config(layer: Layer): string {
  const fields: Readonly<Record<string, object>> = layer.def?.config ?? {};
  const told = Object.entries(layer.config).filter(([key, held]) => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    return field && !("default" in field && JSON.stringify(field.default) === JSON.stringify(held));
  });
  return told.map(([key, held]) => ` ${key}=${JSON.stringify(held)}`).join("");
}

const value = ({ layer, node, tensor, shape }: Value): string =>
  `${layer}[${node}][${tensor}] ${formatShape(shape)}`;
const values = (nest: NestOf<Value>): string => leaves(nest).map(value).join(", ");
