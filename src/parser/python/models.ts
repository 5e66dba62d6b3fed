import type { NestOf } from "../../ir/spec.ts";
import { type Args, bindKnown, itemAt } from "./arguments.ts";
import { nodeOf, output } from "./apply.ts";
import { hangMask } from "./masks.ts";
import { firstCall } from "./draws.ts";
import { countTensors, nameInput } from "./tensor-names.ts";
import { isKeras1 } from "./keras1.ts";
import { takesKeras1 } from "./legacy-calls.ts";
import { newLayer, setFlag, shapeArgument, stringArgument, take } from "./layers.ts";
import { plain } from "./plain.ts";
import {
  describe,
  is,
  isInput,
  type LayerValue,
  listOf,
  type ModelState,
  type TensorValue,
  type Value,
} from "./values.ts";
import { autoName, countsAsKeras2, fail, spendSize, type World } from "./world.ts";

/** `keras.Input(…)` and `InputLayer(…)`: the layer, its one call made. */
export function inputLayer(w: World, args: Args): LayerValue {
  const names = [
    "shape",
    "batch_size",
    "dtype",
    "sparse",
    "ragged",
    "batch_shape",
    "name",
    "tensor",
    "optional",
  ];
  const bound = bindKnown(w, "Input", names, args, [], ["input_shape", "batch_input_shape", "input_tensor"]);
  const name = stringArgument(w, bound, "name");
  const shape = take(bound, "shape") ?? take(bound, "input_shape");
  const batch = take(bound, "batch_shape") ?? take(bound, "batch_input_shape");
  const size = take(bound, "batch_size");
  const twice = batch && batch.value !== null && (shape ?? size);
  if (twice && twice.value !== null)
    fail(w, twice.offset, "python-arguments", "Input takes batch_shape, or shape and batch_size.", {
      received: "both",
    });
  if (!shape && !batch)
    fail(w, args.offset, "python-arguments", "Input needs a shape.", {
      hint: "For example Input(shape=(28, 28)).",
    });
  const first = size ? (plain(w, size.value, size.offset) as number | null) : null;
  const batch_shape = batch ? shapeArgument(w, batch) : [first, ...shapeArgument(w, shape!)];
  const config = Object.fromEntries(
    [...bound].map(([key, { value, offset }]) => [key, plain(w, value, offset)]),
  );
  return madeInput(w, { batch_shape, ...config }, name, args.offset);
}

export function madeInput(
  w: World,
  config: Record<string, unknown>,
  name: string | undefined,
  offset: number,
  auto_name = name === undefined,
): LayerValue {
  const layer = newLayer(w, "InputLayer", name, { config, offset, auto_name });
  nodeOf(layer, [], {}, [], 1, layer.at);
  nameInput(w, layer);
  return layer;
}

/** The InputLayer that a Sequential puts before its first layer: in Keras 1 and 2 it is called by that. */
function hiddenInput(
  w: World,
  first: LayerValue,
  batch_shape: readonly (number | null)[],
  offset: number,
): LayerValue {
  if (!countsAsKeras2(w)) return madeInput(w, { batch_shape }, undefined, offset);
  const name = isKeras1(w) ? inputOfKeras1(w, first) : `${first.name}_input`;
  return madeInput(w, { batch_shape }, name, offset, true);
}

/** `dense_input_1`: Keras 1 counts them by the class of the first layer. */
function inputOfKeras1(w: World, { class_name, keras1 }: LayerValue): string {
  const prefix = `${(keras1?.class_name ?? class_name).toLowerCase()}_input`;
  const count = (w.counters.get(prefix) ?? 0) + 1;
  w.counters.set(prefix, count);
  return `${prefix}_${count}`;
}

/** `Sequential([…], name=…)`. */
export function sequential(w: World, args: Args): LayerValue {
  const bound = bindKnown(w, "Sequential", ["layers", "trainable", "name"], args);
  const name = stringArgument(w, bound, "name");
  const trainable = take(bound, "trainable");
  const model: ModelState = { class_name: "Sequential", layers: [], built: false };
  const made = newLayer(w, "Sequential", name, { model, offset: args.offset });
  w.models.push(made);
  if (trainable) setFlag(w, made, trainable);
  const layers = bound.get("layers");
  if (layers && layers.value !== null) {
    if (!is(layers.value, "list", "tuple")) {
      fail(w, layers.offset, "python-layers", "Sequential takes a list of layers.", {
        received: describe(layers.value),
      });
    }
    layers.value.items.forEach((layer, k) => append(w, made, layer, itemAt(layers, k)));
    if (model.layers.length > 0) rebuild(w, made);
  }
  return made;
}

/** Every call of add repeats the calls of all layers before. */
const MOST_ADDED = 900;

/** `model.add(layer)`. */
export function addLayer(w: World, model: LayerValue, layer: Value, offset: number): void {
  if (model.model!.layers.length >= MOST_ADDED) {
    fail(w, offset, "python-size", "The model has too many layers for one more call of add.", {
      expected: `at most ${MOST_ADDED}`,
      hint: "Sequential([…]) takes all layers at once.",
    });
  }
  append(w, model, layer, offset, true);
  rebuild(w, model);
}

function append(w: World, made: LayerValue, given: Value, offset: number, rebuilds = false): void {
  const { layers } = made.model!;
  const layer = is(given, "tensor") && isInput(given.node.layer) ? given.node.layer : given;
  if (!is(layer, "layer")) {
    if (is(layer, "keras") && layer.name.kind === "class") {
      fail(w, offset, "python-class", `${layer.name.name} is the class here, not a layer.`, {
        hint: `Write ${layer.name.name}() with its arguments.`,
      });
    }
    if (!is(layer, "tensor")) plain(w, layer, offset);
    fail(w, offset, "python-layers", "Only layers can be in a Sequential.", { received: describe(layer) });
  }
  if (layers.length === 0 && layer.wants_shape) {
    append(w, made, hiddenInput(w, layer, layer.wants_shape, offset), offset);
    if (rebuilds) rebuild(w, made);
  }
  const twin = layers.find((other) => other.name === layer.name && other !== layer);
  if (twin) {
    fail(w, offset, "python-layers", `Two layers of the model are named '${layer.name}'.`, {
      hint: "Give one of them another name.",
    });
  }
  if (isInput(layer) && layers.length > 0 && isInput(layers[0])) {
    fail(w, offset, "python-layers", `The model '${made.name}' has an input already.`);
  }
  layers.push(layer);
}

/** `model.pop()`. */
export function popLayer(w: World, model: LayerValue, offset: number): Value {
  const layer = model.model!.layers.pop();
  if (layer === undefined)
    return fail(w, offset, "python-layers", `The model '${model.name}' has no layers to remove.`);
  if (model.model!.layers.length > 0) rebuild(w, model);
  return layer;
}

/** As Keras: a Sequential is connected anew whenever its input is known and it has more than that. */
function rebuild(w: World, made: LayerValue): void {
  const state = made.model!;
  state.built = false;
  const [first] = state.layers;
  if (state.layers.length < 2) return;
  if (isInput(first)) connect(w, made);
  else if (first.model?.built && knowsStart(w, first)) buildFrom(w, made, inputShape(first));
}

/** Since 2.2 Keras 2 asks the first layer inside, past an InputLayer, for the shape that it was made with. */
function knowsStart(w: World, { model, wants_shape }: LayerValue): boolean {
  if (model?.class_name !== "Sequential" || !/^2\.([2-9]|\d\d)($|\.)/.test(w.library.version ?? ""))
    return model !== undefined || wants_shape !== undefined;
  const first = model.layers.find((layer) => !isInput(layer));
  return first !== undefined && knowsStart(w, first);
}

/** A copy of a Sequential is connected where its input is known. */
export const connectCopy = rebuild;

/** `model.build(shape)`. */
export function buildModel(w: World, made: LayerValue, shape: readonly (number | null)[]): void {
  const state = made.model!;
  if (state.class_name === "Sequential" && !state.built && state.layers.length > 0) buildFrom(w, made, shape);
}

function buildFrom(w: World, made: LayerValue, shape: readonly (number | null)[] | undefined): void {
  const state = made.model!;
  if (isInput(state.layers[0])) return connect(w, made);
  if (shape === undefined) return touch(w, made);
  state.layers.unshift(hiddenInput(w, state.layers[0], shape, 0));
  connect(w, made);
}

/**
 * A call on a tensor or on data builds a Sequential, and what a TimeDistributed holds: Keras names its InputLayer now;
 * only its shape is not known here.
 */
export function touch(w: World, made: LayerValue, holder?: LayerValue): void {
  const state = made.model;
  if (holder && !state?.built && made.calls.length === 0 && !w.within.has(made)) w.within.set(made, holder);
  const held = state === undefined && heldBy(w, made);
  if (held) return touch(w, held, made);
  if (state?.class_name !== "Sequential" || state.built || state.layers.length === 0) return;
  if (isInput(state.layers[0])) return connect(w, made);
  state.input_name = countsAsKeras2(w) ? `${state.layers[0].name}_input` : autoName(w, "InputLayer");
  for (const layer of state.layers) touch(w, layer, made);
  countGraph(w);
  state.built = true;
}

/** A Sequential that was touched, now that the shape of its input is known. */
export function connectTouched(w: World, made: LayerValue, batch_shape: readonly (number | null)[]): void {
  const state = made.model!;
  state.layers.unshift(madeInput(w, { batch_shape }, state.input_name, 0, true));
  delete state.input_name;
  connectLayers(w, made);
}

/** The layer in a TimeDistributed. */
function heldBy(w: World, { class_name, config }: LayerValue): LayerValue | undefined {
  if (class_name !== "TimeDistributed") return undefined;
  const { class_name: inner, shared_object_id: id } = config.layer as Record<string, unknown>;
  return (inner === "TimeDistributed" ? w.layers : w.models).find((layer) => layer.id === id);
}

function connect(w: World, made: LayerValue): void {
  connectLayers(w, made);
  countGraph(w);
}

function connectLayers(w: World, made: LayerValue): void {
  const state = made.model!;
  const [input, ...rest] = state.layers;
  spendSize(w, rest.length, w.now.offset);
  let value = output(input.calls[0], 0);
  for (const layer of rest) {
    touch(w, layer);
    firstCall(w, layer);
    value = following(w, layer, value);
    countTensors(w, layer);
    hangMask(w, layer, value.node, 0);
  }
  state.tail = value;
  state.built = true;
}
/** Keras 3 makes a Functional inside, which takes a name from its counter. */
const countGraph = (w: World): unknown => countsAsKeras2(w) || autoName(w, "Functional");

/** The call of a layer on this tensor: Keras 3 makes it anew whenever the model is connected, Keras 2 once. */
function following(w: World, layer: LayerValue, value: TensorValue): TensorValue {
  const known = layer.calls.find(
    (node) => !node.again && node.inputs.length === 1 && same(node.inputs[0], value),
  );
  if (known && w.library.keras2) return output(known, 0);
  return output(nodeOf(layer, [value], {}, [value], 1, layer.at, known), 0);
}
const same = (a: TensorValue, b: TensorValue): boolean =>
  (a.node.again ?? a.node) === (b.node.again ?? b.node) && a.index === b.index;

function inputShape(model: LayerValue): readonly (number | null)[] | undefined {
  const [first] = model.model!.class_name === "Sequential" ? model.model!.layers : inputLayersOf(model);
  if (first?.model) return inputShape(first);
  return first?.config.batch_shape as readonly (number | null)[] | undefined;
}
const inputLayersOf = (model: LayerValue): LayerValue[] =>
  flat(model.model!.inputs!).map((tensor) => tensor.node.layer);

/** Tensors that go into and come out of a model, where they are known. */
export function ends(
  model: LayerValue,
): { inputs: NestOf<TensorValue>; outputs: NestOf<TensorValue> } | undefined {
  const state = model.model!;
  if (state.inputs !== undefined) return { inputs: state.inputs, outputs: state.outputs! };
  if (!state.built || state.tail === undefined) return undefined;
  return { inputs: output(state.layers[0].calls[0], 0), outputs: state.tail };
}

/** Keras 1 says input and output, and Keras 2 took that for a while. */
function inTodaysWords(w: World, args: Args): Args {
  const today: Readonly<Record<string, string>> = { input: "inputs", output: "outputs" };
  if (!isKeras1(w) && !takesKeras1(w)) return args;
  return { ...args, keyword: new Map([...args.keyword].map(([key, given]) => [today[key] ?? key, given])) };
}

/** `Model(inputs, outputs)`. */
export function functional(w: World, args: Args): LayerValue {
  const bound = bindKnown(w, "Model", ["inputs", "outputs"], inTodaysWords(w, args), ["name", "trainable"]);
  const name = stringArgument(w, bound, "name");
  const [inputs, outputs] = ["inputs", "outputs"].map((key) => {
    const given = bound.get(key);
    if (given === undefined)
      return fail(w, args.offset, "python-arguments", `Model needs ${key}.`, {
        hint: "Write Model(inputs=…, outputs=…).",
      });
    return tensorNest(w, given.value, given.offset, key);
  });
  for (const tensor of flat(inputs)) {
    if (isInput(tensor.node.layer)) continue;
    fail(
      w,
      bound.get("inputs")!.offset,
      "python-inputs",
      `The input '${tensor.node.layer.name}' of the model is not an Input.`,
      { expected: "tensors made by Input(…)" },
    );
  }
  const model: ModelState = { class_name: "Functional", layers: [], inputs, outputs, built: true };
  const made = newLayer(w, "Functional", name, { model, offset: args.offset });
  w.models.push(made);
  const trainable = take(bound, "trainable");
  if (trainable && trainable.value !== null) setFlag(w, made, trainable);
  return made;
}

function tensorNest(w: World, v: Value, offset: number, what: string): NestOf<TensorValue> {
  if (is(v, "tensor")) return v;
  if (is(v, "list", "tuple") && v.items.length > 0)
    return v.items.map((item) => tensorNest(w, item, offset, what));
  if (is(v, "dict") && v.entries.size > 0)
    return Object.fromEntries(
      [...v.entries].map(([key, x]) => [String(key), tensorNest(w, x, offset, what)]),
    );
  if (is(v, "layer"))
    fail(w, offset, "python-tensor", `The ${what} of a model are tensors; ${describe(v)} was never called.`, {
      hint: `Call it: ${v.class_name}(…)(x).`,
    });
  if (!is(v, "list", "tuple", "dict")) plain(w, v, offset);
  return fail(w, offset, "python-tensor", `The ${what} of a model must be tensors.`, {
    received: describe(v),
  });
}

/** Leaves of a nest; a record by sorted key, as Keras flattens it. */
export function flat(nest: NestOf<TensorValue>): TensorValue[] {
  if (Array.isArray(nest)) return (nest as readonly NestOf<TensorValue>[]).flatMap(flat);
  if ((nest as TensorValue).kind === "tensor") return [nest as TensorValue];
  const record = nest as Readonly<Record<string, NestOf<TensorValue>>>;
  return Object.keys(record)
    .sort()
    .flatMap((key) => flat(record[key]));
}

/** A nest of tensors as a Python value. */
export function asValue(nest: NestOf<TensorValue>): Value {
  if (Array.isArray(nest)) return listOf((nest as readonly NestOf<TensorValue>[]).map(asValue));
  if ((nest as TensorValue).kind === "tensor") return nest as TensorValue;
  const record = nest as Readonly<Record<string, NestOf<TensorValue>>>;
  return { kind: "dict", entries: new Map(Object.entries(record).map(([key, x]) => [key, asValue(x)])) };
}
