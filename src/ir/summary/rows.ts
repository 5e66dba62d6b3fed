import { ModelError, closest } from "../../diagnostics.ts";
import {
  isSource,
  leaves,
  objectOf,
  reportedShape,
  usedBy,
  type Call,
  type Layer,
  type Model,
} from "../model.ts";
import type { Shape } from "../tensor.ts";
import { allCalls, isLinear, producers } from "./calls.ts";
import { withMadeMasks } from "../made-masks.ts";
import { maskLayers } from "./mask-layers.ts";
import { namesOf } from "./names.ts";
import { countParams } from "./totals.ts";
import { since, type Version } from "./version.ts";

/** What a summary says of one layer, before any table is drawn. */
export interface Row {
  readonly layer: Layer;
  /** Name and class as the version spells them. */
  readonly name: string;
  readonly class_name: string;
  readonly params: number;
  /** False while the layer waits for an input shape. */
  readonly built: boolean;
  /** All calls of the layer object, in nested models too. */
  readonly calls: readonly Call[];
  /** Outputs of the last call; of a model that nobody called, its only output; undefined where none is known. */
  readonly shapes: readonly Shape[] | undefined;
  /** Every input of its calls in the summarised model. */
  readonly connections: readonly Connection[];
  /** Rows of a nested model's layers. */
  readonly children: readonly Row[];
}

/** Output `tensor` of call `node` of a layer. */
export interface Connection {
  readonly name: string;
  readonly node: number;
  readonly tensor: number;
}

/** `name[node][tensor]` */
export const formatConnection = (c: Connection): string => `${c.name}[${c.node}][${c.tensor}]`;

export interface Rows {
  /** No column "Connected to" is needed. */
  readonly linear: boolean;
  /** The model's name as the version spells it. */
  readonly name: string;
  readonly rows: readonly Row[];
}

/** The rows of `model.summary()` in one version of Keras, nested models with their children. */
export const rowsOf = (model: Model, version: Version): Rows =>
  rowsIn(since(version, 3) ? withMadeMasks(model) : model, version);

function rowsIn(model: Model, version: Version): Rows {
  const calls = allCalls(model, version);
  const names = namesOf(version, model);
  const producer = producers(model);
  const own = callsIn(model);
  const seen = shown(model, version);
  const visible = new Set(seen);
  const hidden = model.layers.find((layer) => !visible.has(layer));
  const nameOf = (layer: Layer): string =>
    layer === hidden && layer.auto_name && !since(version, 2) && model.older?.counted !== true
      ? `${model.layers[1] && names.className(model.layers[1]).toLowerCase()}_input_1`
      : names.layer(layer);
  const unseen = since(version, 3) ? new Set<Layer>() : maskLayers(model);
  const begins = since(version, 2) ? undefined : firstModel(model);
  const connection = (call: Call): Connection[] =>
    usedBy(call)
      .filter((value) => call.layer !== begins && !unseen.has(producer(value).layer))
      .map((value) => {
        const made = producer(value);
        if (begins && made.layer === begins) return { name: nameOf(lastOf(begins)), node: 0, tensor: 0 };
        const node = calls.number(made) + ownNodes(made.layer, version);
        return { name: nameOf(made.layer), node, tensor: value.tensor };
      });
  const row = (layer: Layer): Row => ({
    layer,
    name: names.layer(layer),
    class_name: names.className(layer),
    params: countParams(layer),
    built: isBuilt(layer, calls.of(layer)),
    calls: calls.of(layer),
    shapes: shapesOf(layer, calls.of(layer)),
    connections: isApart(layer, version) ? [] : (own.get(objectOf(layer)) ?? []).flatMap(connection),
    children: layer.model ? shown(layer.model, version).map(row) : [],
  });
  return {
    linear: isLinear(model, !since(version, 2, 0, 9), unseen),
    name: names.model(model),
    rows: seen.map(row),
  };
}

/** Whether Keras 1 shows no connections of a layer, that of a model with others beside it. */
const isApart = ({ keras1 }: Layer, version: Version): boolean =>
  !since(version, 2) && keras1?.listed === "apart";

/** A Sequential of Keras 1 that begins with another one goes on from that one's last layer, and does not call it. */
function firstModel({ class_name, layers }: Model): Layer | undefined {
  const start = layers.find(({ keras1 }) => keras1?.listed === "start");
  if (start) return start;
  const [first, second] = layers;
  const begins = first && isSource(first) ? second : first;
  return class_name === "Sequential" && begins?.model?.class_name === "Sequential" ? begins : undefined;
}
const isStack = ({ model, keras1 }: Layer): boolean =>
  model?.class_name === "Sequential" || keras1?.class_name === "Sequential";
const lastOf = (layer: Layer): Layer => {
  const last = isStack(layer) ? layer.model?.layers.at(-1) : undefined;
  return last ? lastOf(last) : layer;
};

/** A Sequential does not show its InputLayer; before Keras 3 no operation made masks. */
function shown(model: Model, version: Version): readonly Layer[] {
  const [first] = model.layers;
  if (model.class_name === "Sequential" && first && isSource(first)) return model.layers.slice(1);
  const unseen = since(version, 3) ? new Set<Layer>() : maskLayers(model);
  const seen = model.layers.filter((layer) => !unseen.has(layer));
  if (since(version, 2)) return seen;
  const listed = seen.filter(({ keras1 }) => keras1?.listed !== "never");
  return listed.sort((a, b) => (a.keras1?.place ?? 0) - (b.keras1?.place ?? 0));
}

/** The calls that a model makes of each layer object, in order. */
function callsIn(model: Model): ReadonlyMap<Layer, readonly Call[]> {
  const calls = new Map<Layer, Call[]>();
  for (const call of [...model.calls].sort((a, b) => a.node - b.node)) {
    const list = calls.get(objectOf(call.layer)) ?? [];
    calls.set(objectOf(call.layer), list);
    list.push(call);
  }
  return calls;
}

function isBuilt(layer: Layer, calls: readonly Call[]): boolean {
  if (layer.model) return layer.model.built;
  return layer.built && (calls.length > 0 || layer.elsewhere !== undefined || layer.def?.builds !== true);
}

function shapesOf(layer: Layer, calls: readonly Call[]): readonly Shape[] | undefined {
  const last = calls.at(-1) ?? layer.elsewhere;
  if (last) return last.outputs.map(reportedShape);
  const outputs = layer.model?.built ? leaves(layer.model.outputs) : [];
  return outputs.length === 1 ? outputs.map(reportedShape) : undefined;
}

/** Until Keras 2.3 a nested graph began with a node of its own. */
const ownNodes = (layer: Layer, version: Version): number => (layer.model && !since(version, 2, 4) ? 1 : 0);

/** The rows from the first match of `range[0]` to the last match of `range[1]`, as Keras cuts them. */
export function rowRange(rows: readonly Row[], range: readonly [string, string] | undefined): readonly Row[] {
  if (range === undefined) return rows;
  if (range.length !== 2 || range.some((pattern) => typeof pattern !== "string")) {
    throw noRange("The layer_range is not two names.", JSON.stringify(range));
  }
  const [lower, upper] = range.map((pattern) => matches(rows, pattern));
  if (lower.length === 0 || upper.length === 0) {
    const missing = range[lower.length === 0 ? 0 : 1];
    const names = rows.map((row) => row.name);
    const near = closest(missing, names);
    const hint =
      near === undefined ? `There are: ${names.slice(0, 20).join(", ")}.` : `Did you mean ${near}?`;
    throw noRange("The layer_range matches no layer of the model.", JSON.stringify(missing), hint);
  }
  const [first, last] = [lower[0], upper[upper.length - 1]];
  return first > last ? rows.slice(upper[0], lower[lower.length - 1] + 1) : rows.slice(first, last + 1);
}

function matches(rows: readonly Row[], pattern: string): number[] {
  let regex: RegExp;
  try {
    regex = new RegExp(`^(?:${pattern})`);
  } catch {
    throw noRange("The layer_range has a pattern that is no regular expression.", JSON.stringify(pattern));
  }
  return rows.flatMap((row, i) => (regex.test(row.name) ? [i] : []));
}

function noRange(message: string, received: string, hint?: string): ModelError {
  const expected = "two names or patterns, each matching the beginning of a layer's name";
  return new ModelError({
    code: "bad-summary-option",
    message,
    expected,
    received,
    ...(hint ? { hint } : {}),
  });
}
