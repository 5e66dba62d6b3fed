import { inLine } from "../../diagnostics.ts";
import { isSource, type Layer, type Model } from "../model.ts";
import type { Operation } from "../operations/operation.ts";
import { shownName } from "../tensorflow/functions.ts";
import { since, type Version } from "./version.ts";

/**
 * Names as a Keras version gives them. Names that a person or a file chose stay; names from Keras 3's counters are
 * respelled: TF-Keras counts inputs from `input_1` and calls graphs `model`, older Keras counts everything from 1.
 */
export interface Names {
  layer(layer: Layer): string;
  model(model: Model): string;
  /** Class of a layer or nested model. */
  className(layer: Layer): string;
}

export function namesOf(version: Version, root: Model): Names {
  const rivals = since(version, 3) ? undefined : rivalsOf(root);
  const counted = root.older?.counted === true;
  return {
    layer: (layer) => inLine(layer.auto_name ? autoName(layer, version, rivals, counted) : layer.name),
    model: (model) => inLine(model.auto_name ? autoModelName(model, model.name, version) : model.name),
    className: (layer) => inLine(className(layer, version)),
  };
}

function className(layer: Layer, version: Version): string {
  if (!since(version, 2) && layer.keras1?.class_name !== undefined) return layer.keras1.class_name;
  if (layer.class_name === "Functional") return graphClass(version);
  if (since(version, 3) || !layer.def?.operands) return layer.class_name;
  if (layer.name.startsWith(PRIMITIVE)) return "TensorFlowOpLayer";
  return layer.class_name === "GetItem" ? "SlicingOpLambda" : "TFOpLambda";
}

/** How tf.keras until 2.3 names the layers in which it wraps a primitive of TensorFlow. */
const PRIMITIVE = "tf_op_layer_";

/** Keras 3 counts layers and functions of one name together: by that name, the numbers of the layers and of the functions. */
type Rivals = ReadonlyMap<
  string,
  { readonly layers: readonly number[]; readonly functions: readonly number[] }
>;

function rivalsOf(model: Model): Rivals {
  const found = new Map<string, { layers: number[]; functions: number[] }>();
  const visit = ({ layers }: Model): void => {
    for (const layer of layers) {
      if (layer.model) visit(layer.model);
      if (!layer.auto_name) continue;
      const [base, index] = split(layer.name);
      const both = found.get(base) ?? { layers: [], functions: [] };
      found.set(base, both);
      (layer.def?.operands ? both.functions : both.layers).push(index);
    }
  };
  visit(model);
  return found;
}

/** A function's name in tf.keras, counted among its like; of a layer the functions before it do not count. */
function ownName(layer: Layer, rivals: Rivals): string {
  const [base, index] = split(layer.name);
  const { layers = [], functions = [] } = rivals.get(base) ?? {};
  const others = layer.def?.operands ? layers : functions;
  const own = index - new Set(others.filter((other) => other < index)).size;
  const exported = layer.def?.operands ? shownName(layer.def as unknown as Operation) : undefined;
  return numbered(exported === undefined ? base : `tf.${exported}`, own, 0);
}

const graphClass = (version: Version): string => (since(version, 2, 4) ? "Functional" : "Model");

function autoName(layer: Layer, version: Version, rivals: Rivals | undefined, counted: boolean): string {
  if (layer.model) return autoModelName(layer.model, layer.name, version);
  if (!rivals) return layer.name;
  const [base, index] = split(layer.name);
  if (isSource(layer)) return base === "input_layer" ? `input_${index + 1}` : layer.name;
  if (counted) return numbered(base, index, since(version, 2, 4) ? 0 : 1);
  if (since(version, 2, 4)) return ownName(layer, rivals);
  return `${since(version, 2) ? base : className(layer, version).toLowerCase()}_${index + 1}`;
}

/** Every Sequential that Keras 3 has built took a number of the counter `functional`; older versions count graphs alone. */
function autoModelName(model: Model, name: string, version: Version): string {
  if (since(version, 3)) return name;
  const [base, index] = split(name);
  const isGraph = base === "functional";
  const own = isGraph ? Math.max(0, index - sequentialsIn(model)) : index;
  return numbered(isGraph ? "model" : base, own, since(version, 2, 4) ? 0 : 1);
}

const numbered = (base: string, index: number, first: 0 | 1): string =>
  index + first === 0 ? base : `${base}_${index + first}`;

function split(name: string): [base: string, index: number] {
  const parts = /^(.*?)(?:_(\d{1,9}))?$/s.exec(name);
  return [parts?.[1] ?? name, Number(parts?.[2] ?? 0)];
}

function sequentialsIn(model: Model): number {
  const inner = model.layers.flatMap((layer) => layer.model ?? []);
  return inner.reduce((n, m) => n + sequentialsIn(m) + (m.class_name === "Sequential" ? 1 : 0), 0);
}
