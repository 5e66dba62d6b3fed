import type { Diagnostic } from "../../diagnostics.ts";
import { type Call, isSource, type Layer, leaves, type Model, type Value } from "../../ir/model.ts";
import { type Fault, faultsOf, isKnown, isRecurrent } from "./layers.ts";
import { misread } from "./masks.ts";
import { modelInside } from "./inside.ts";
import { owners } from "./names.ts";

/** Everything about a model that TensorFlow.js has not, or computes otherwise than Keras. */
export const tfjsProblems = (model: Model): Diagnostic[] => [
  ...formProblems(model),
  ...namesake(model),
  ...callProblems(model, model.name, () => true),
  ...maskProblems(model),
];

/** What a model that TensorFlow.js saved means there, and cannot mean here. */
export const strayProblems = (model: Model): Diagnostic[] => [
  ...callProblems(model, model.name, ({ strays }) => strays === true),
  ...maskProblems(model),
];

const HINT = "Compile the model to a bundle, which any page can run (keraunos compile).";

function problem(path: string, message: string, expected?: string, received?: string): Diagnostic {
  const said = { ...(expected !== undefined && { expected }), ...(received !== undefined && { received }) };
  return { code: "not-in-tfjs", message, at: { path }, ...said, hint: HINT };
}

/** Inputs and outputs are lists of tensors, no tensor twice. */
function formProblems(model: Model): Diagnostic[] {
  const ends = Object.entries({ inputs: model.inputs, outputs: model.outputs });
  return ends.flatMap(([what, nest]) => {
    const flat = Array.isArray(nest) ? nest : [nest];
    const values = leaves(model[what as "inputs" | "outputs"]);
    const message = `TensorFlow.js takes a tensor or a list of different tensors as the ${what} of a model.`;
    const plain = flat.length === values.length && flat.every((one) => (one as Value).kind === "value");
    const keys = values.map(({ layer, node, tensor }) => JSON.stringify([layer, node, tensor]));
    return plain && new Set(keys).size === keys.length
      ? []
      : [problem(model.name, message, "a list", plain ? "a tensor twice" : "a nest")];
  });
}

/** Weights are told apart by the names of their layers alone. */
function namesake(model: Model): Diagnostic[] {
  const all = owners(model);
  return all.flatMap(({ layer, path }, k) => {
    const other = all.slice(0, k).find((one) => one.layer.name === layer.name);
    const message = `TensorFlow.js cannot tell this layer from ${other?.path}: both are named ${layer.name}.`;
    return other ? [problem(`${model.name}/${path}`, message, "layers of different names")] : [];
  });
}

function callProblems(model: Model, path: string, counts: (fault: Fault) => boolean): Diagnostic[] {
  return model.layers.flatMap((layer) => {
    const at = `${path}/${layer.name}`;
    const named = nameProblem(layer, at, counts);
    if (layer.model) return [...named, ...callProblems(layer.model, at, counts)];
    const calls = model.calls.filter((call) => call.layer.name === layer.name);
    const inner = modelInside(layer);
    return [
      ...named,
      ...layerProblems(layer, isSource(layer) ? [] : calls, at, counts),
      ...(inner ? callProblems(inner, at, counts) : []),
    ];
  });
}

const NAME = /^[A-Za-z0-9][-A-Za-z0-9._/]*$/;

function nameProblem({ name }: Layer, path: string, counts: (fault: Fault) => boolean): Diagnostic[] {
  const expected = "letters, digits and - . _ / in ASCII, a letter or digit first";
  const fault = { key: "name", expected, received: JSON.stringify(name) };
  if (NAME.test(name) || !counts(fault)) return [];
  return [problem(path, "TensorFlow.js does not take the name of this layer.", expected, fault.received)];
}

function layerProblems(
  layer: Layer,
  calls: readonly Call[],
  path: string,
  counts: (fault: Fault) => boolean,
): Diagnostic[] {
  const { class_name } = layer;
  const known = isKnown(class_name) && layer.def?.module === undefined;
  if (!known && !isSource(layer)) {
    const fault = { key: "class", expected: "", received: class_name };
    const noun = layer.def?.module === undefined ? "layer" : "operation";
    return counts(fault) ? [problem(path, `TensorFlow.js has no ${noun} ${class_name}.`)] : [];
  }
  const all = calls.flatMap((call) => [
    ...faultsOf({ layer, shapes: leaves(call.inputs).map(({ shape }) => shape) }),
    ...argumentFaults(call),
  ]);
  const told = new Map(all.filter(counts).map((fault) => [fault.key, fault]));
  return [...told.values()].map(({ key, expected, received }) =>
    problem(
      path,
      `TensorFlow.js does not compute ${class_name} with this ${key} as Keras does.`,
      expected,
      received,
    ),
  );
}

function argumentFaults({ layer, args, training }: Call): Fault[] {
  // Keras 3 writes `mask: null`, which is no mask
  const given = Object.keys(args).filter((key) => args[key] !== null);
  const foreign = given.filter((key) => key !== "initial_state" || !isRecurrent(layer));
  return [
    ...foreign.map((key) => ({ key, expected: "none in the call", received: "an argument" })),
    ...(training === true ? [{ key: "training", expected: "none in the call", received: "True" }] : []),
  ];
}

const maskProblems = (model: Model): Diagnostic[] =>
  misread(model).map(({ path, call }) =>
    problem(
      path,
      `TensorFlow.js does not bring ${call.layer.class_name} the mask that Keras brings it.`,
      "a model in which masks go through recurrent, dense and dropout layers alone",
    ),
  );
