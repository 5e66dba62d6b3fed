import { ModelError } from "../../diagnostics.ts";
import type { Args } from "./arguments.ts";
import { callLayer } from "./apply.ts";
import { callBuiltin } from "./builtins.ts";
import { containerMethod } from "./containers.ts";
import { array, given, spoil } from "./data.ts";
import { forgetAll, forgetCalled, isOwnCode } from "./forgotten.ts";
import { setTrainable } from "./flags.ts";
import { member } from "./imports.ts";
import { callKeras, refuseTensors } from "./keras-call.ts";
import { modelMethod } from "./model-methods.ts";
import { isLibrary } from "./names.ts";
import { asValue, ends } from "./models.ts";
import { astype, callLibrary, expandDims, markChanged, onlyShows, reshape } from "./numpy.ts";
import { reduced, squeeze, transposed } from "./numpy-arrays.ts";
import { joinedArguments, partial } from "./partial.ts";
import { callObject, construct as constructObject, ofSuper, ownAttribute, setOwn } from "./classes.ts";
import { parserMethod } from "./command-line.ts";
import { fieldOf, namedTupleMethod, objectOf } from "./objects-of-values.ts";
import { assignedName, derived, partOf, unusable } from "./plain.ts";
import { isName, rename } from "./renaming.ts";
import { recall } from "./saved.ts";
import { callLibraryOnTensors, hasTensors } from "./tensor-functions.ts";
import { callStandard } from "./standard-library.ts";
import { tensorShape } from "./tensor-shape.ts";
import { reduceKnown, toList } from "./known-arrays.ts";
import { classOf } from "./types.ts";
import {
  type DataValue,
  describe,
  is,
  isInput,
  type LayerValue,
  listOf,
  type MethodValue,
  type OpaqueValue,
  type TensorValue,
  tuple,
  type TupleValue,
  type Value,
} from "./values.ts";
import { fail, note, opaque, spendSize, statementText, type World } from "./world.ts";

/** What makes a name that nobody defined an array that the user brings. */
const arrayAttributes = [
  "astype",
  "reshape",
  "shape",
  "ndim",
  "size",
  "copy",
  "flatten",
  "T",
  "mean",
  "std",
  "min",
  "max",
  "dtype",
  "squeeze",
  "values",
  "to_numpy",
];

/** What loops of one's own ask of optimizers, losses and metrics: no model is another one for it. */
const ofTraining: Readonly<Record<string, readonly string[]>> = {
  "keras.optimizers":
    "apply apply_gradients build iterations learning_rate lr variables weights get_config minimize stateless_apply".split(
      " ",
    ),
  "keras.metrics":
    "result update_state reset_state reset_states variables name stateless_update_state stateless_result".split(
      " ",
    ),
  "keras.losses": ["call", "name", "reduction"],
};

/** Of `tf.keras.losses.Reduction`. */
const ways: readonly string[] = ["AUTO", "NONE", "SUM", "SUM_OVER_BATCH_SIZE"];

/** `v.name`. */
export function attribute(w: World, v: Value, name: string, offset: number): Value {
  if (is(v, "module")) return member(w, v.path, name, offset);
  if (is(v, "opaque")) return partOf(v);
  if (is(v, "namespace")) return ownAttribute(w, v, name, offset);
  if (is(v, "super")) return ofSuper(w, v, name, offset);
  if (is(v, "parser")) return { kind: "method", self: v, name };
  if (is(v, "free"))
    return arrayAttributes.includes(name)
      ? attribute(w, given(w, v), name, offset)
      : unusable(w, v, offset, assignedName(statementText(w)));
  if (is(v, "layer")) return layerAttribute(w, v, name, offset);
  if (is(v, "data")) return dataAttribute(w, v, name, offset);
  if (is(v, "tensor") && ["shape", "ndim", "dtype", "name", "get_shape"].includes(name))
    return tensorAttribute(w, v, name, offset);
  if (is(v, "keras") && name === "__name__") return v.name.name;
  if (is(v, "keras") && v.name.name === "ReductionV2" && ways.includes(name)) return name.toLowerCase();
  if (is(v, "keras") && v.name.kind === "class") return { kind: "method", self: v, name };
  const field = is(v, "tuple") ? fieldOf(v, name) : undefined;
  if (field !== undefined) return field;
  if (is(v, "list", "tuple", "dict") || typeof v === "string") return { kind: "method", self: v, name };
  if (is(v, "object") && ofTraining[v.module]?.includes(name)) return opaque(w);
  return fail(w, offset, "python-attribute", `${describe(v)} has no attribute ${name} that is read here.`, {
    ...(v === null && { hint: "A function without return gives None." }),
  });
}

function tensorAttribute(w: World, v: TensorValue, name: string, offset: number): Value {
  if (name === "get_shape") return { kind: "method", self: v, name };
  if (name === "dtype" || name === "name") return opaque(w);
  const shape = tensorShape(w, v, offset);
  return name === "ndim" ? BigInt((shape as TupleValue).items.length) : shape;
}

function dataAttribute(w: World, v: DataValue, name: string, offset: number): Value {
  if (name === "T") return transposed(w, v, null, offset);
  if (name === "shape" && v.shape) return tuple(v.shape.map(BigInt));
  if (name === "ndim" && v.shape) return BigInt(v.shape.length);
  if (name === "size" && v.shape) return BigInt(v.shape.reduce((a, b) => a * b, 1));
  return ["shape", "ndim", "size", "dtype"].includes(name) ? opaque(w) : { kind: "method", self: v, name };
}

function layerAttribute(w: World, v: LayerValue, name: string, offset: number): Value {
  const model = v.model;
  if (isName(name)) return v.name;
  if (name === "__class__") return classOf(w, v);
  if (name === "input_shape" || name === "output_shape") return shapesOf(w, v, name, offset);
  if (name === "trainable") return v.trainable;
  if (model && name === "layers") return listOf(layersOf(w, v));
  if (model?.class_name === "Sequential" && !w.library.keras2 && (name === "input" || name === "output"))
    return ofCall(w, v, name, offset);
  if (model && ["inputs", "outputs", "input", "output"].includes(name)) {
    if (ends(v) === undefined)
      return fail(
        w,
        offset,
        "python-attribute",
        `The model '${v.name}' has no ${name} yet: its input shape is not known.`,
      );
    const value = endOf(v, name)!;
    return name.endsWith("s") && !is(value, "list") ? listOf([value]) : value;
  }
  if (!model && (name === "output" || name === "input")) return ofCall(w, v, name, offset);
  if (lists.has(name)) return opaque(w);
  if (Object.hasOwn(v.config, name) && isPlain(v.config[name])) return number(v.config[name]);
  return { kind: "method", self: v, name };
}
/** What a layer was called on first, and what it gave: to Keras 3 a Sequential is such a layer. */
function ofCall(w: World, v: LayerValue, name: "input" | "output", offset: number): Value {
  const [node] = v.calls;
  if (node === undefined)
    return fail(w, offset, "python-attribute", `The layer '${v.name}' was never called.`, {
      ...(v.model && { hint: `Write ${name}s, which a Sequential has.` }),
    });
  const tensors = name === "output" ? node.outputs : node.inputs;
  return tensors.length === 1 ? tensors[0] : listOf([...tensors]);
}

/** What a layer or model has that is no method: nothing of it is known here. */
const lists = new Set(
  "weights trainable_weights non_trainable_weights trainable_variables variables losses metrics metrics_names history".split(
    " ",
  ),
);

/** `layer.output_shape`, where it has one. */
function shapesOf(w: World, v: LayerValue, name: string, offset: number): Value {
  const known = v.model ? ends(v) !== undefined : v.calls.length > 0;
  if (!known) return opaque(w);
  const end = name.slice(0, -"_shape".length);
  const tensors = v.model ? endOf(v, end) : layerAttribute(w, v, end, offset);
  const shape = (t: Value): Value =>
    is(t, "tensor") ? tensorShape(w, t, offset) : is(t, "list") ? listOf(t.items.map(shape)) : opaque(w);
  return tensors === undefined ? opaque(w) : shape(tensors);
}

/** What goes into a model, or comes out of it. */
function endOf(model: LayerValue, name: string): Value | undefined {
  const tensors = ends(model);
  return tensors && asValue(name.startsWith("input") ? tensors.inputs : tensors.outputs);
}

const isPlain = (v: unknown): v is string | number | boolean | null =>
  v === null || ["string", "number", "boolean"].includes(typeof v);
const number = (v: string | number | boolean | null): Value =>
  typeof v === "number" && Number.isInteger(v) ? BigInt(v) : v;

/** `model.layers`: Keras leaves out a Sequential's InputLayer, and lists a Functional's in config order. */
export function layersOf(w: World, v: LayerValue): LayerValue[] {
  const state = v.model!;
  if (state.class_name === "Sequential") return state.layers.filter((layer) => !isInput(layer));
  const layers = [...w.network(v)];
  spendSize(w, layers.length * 10, w.now.offset);
  return layers;
}

/** `v.name = value` outside of data. */
export function setAttribute(w: World, v: Value, name: string, value: Value, offset: number): void {
  if (is(v, "opaque")) return;
  if (is(v, "namespace")) return setOwn(w, v, name, value, offset);
  if (isLibrary(v)) return note(w, w.now.offset, `Not run: ${statementText(w)}`);
  if (is(v, "layer") && name === "trainable") {
    if (typeof value !== "boolean")
      fail(w, offset, "python-value", "trainable must be True or False.", { received: describe(value) });
    return setTrainable(w, v, value, offset);
  }
  if (is(v, "layer") && isName(name)) return rename(w, v, name, value, offset);
  if (is(v, "data", "free")) return markChanged(w, v);
  fail(w, offset, "python-attribute", `Setting ${name} of ${describe(v)} is not read.`, {
    expected: "trainable or name",
  });
}

/** `fn(…)`. What nobody knows the answer of may have called the functions that it was given. */
export function callValue(w: World, fn: Value, args: Args): Value {
  const answer = called(w, fn, args);
  if (is(answer, "opaque") && !is(fn, "function"))
    for (const { value } of [...args.positional, ...args.keyword.values()]) forgetCalled(w, value);
  return answer;
}

function called(w: World, fn: Value, args: Args): Value {
  if (is(fn, "layer")) return callLayer(w, fn, args);
  if (is(fn, "keras")) return callKeras(w, fn, args);
  if (is(fn, "builtin")) return callBuiltin(w, fn.name, args);
  if (is(fn, "function")) return w.callFunction(fn, args);
  if (is(fn, "namespace") && fn.of) return callObject(w, fn, args);
  if (is(fn, "namespace")) return fn.own ? constructObject(w, fn, args) : objectOf(fn, args);
  if (is(fn, "partial")) return callValue(w, fn.fn, joinedArguments(fn, args));
  if (is(fn, "module")) return callModule(w, fn.path, args);
  if (is(fn, "method")) return callMethod(w, fn, args);
  if (is(fn, "opaque")) return callUnknown(w, fn, args);
  if (is(fn, "free")) return unusable(w, fn, args.offset);
  if (
    is(fn, "object") &&
    /^keras\.(losses|metrics|initializers|regularizers|optimizers\.schedules)$/.test(fn.module)
  )
    return opaque(w);
  return fail(w, args.offset, "python-call", `${describe(fn)} cannot be called.`);
}

/** What is not known may change the arrays that it is given; code of the snippet that is not read, its lists too. */
function callUnknown(w: World, fn: OpaqueValue, args: Args): Value {
  if (fn.refused) throw new ModelError(fn.refused);
  if (!onlyShows(fn)) w.risks.calls++;
  for (const { value } of [...args.positional, ...args.keyword.values()]) {
    if (!onlyShows(fn)) markChanged(w, value);
    if (isOwnCode(fn)) forgetAll(w, value);
  }
  return hasTensors(args) ? { ...derived(w, fn), of_tensors: true } : derived(w, fn);
}

function callModule(w: World, path: string, args: Args): Value {
  if (/^keras\b/.test(path)) fail(w, args.offset, "python-call", `${path} is a module and cannot be called.`);
  if (path === "functools.partial") return partial(w, args);
  if (hasTensors(args) && path.startsWith("tensorflow."))
    return callLibraryOnTensors(w, path, args) ?? refuseTensors(w, path, args);
  return callStandard(w, path, args) ?? callLibrary(w, path, args);
}

/** What is asked of a model that was made, not of its class. */
const ofMade: readonly string[] = ["add", "pop", "build", "compile", "fit", "summary"];

function callMethod(w: World, { self, name }: MethodValue, args: Args): Value {
  if (is(self, "layer")) return modelMethod(w, self, name, args);
  if (is(self, "data")) return dataMethod(w, self, name, args);
  if (is(self, "keras")) {
    if (/^(Sequential|Model)$/.test(self.name.name) && ofMade.includes(name))
      fail(w, args.offset, "python-class", `${self.name.name} is the class here, not a model.`, {
        hint: `Write ${self.name.name}() where it is assigned.`,
      });
    return name === "from_config" ? recall(w, name, args) : opaque(w);
  }
  if (is(self, "tensor")) return tensorShape(w, self, args.offset);
  if (is(self, "parser")) return parserMethod(w, self, name, args) ?? null;
  const made =
    (is(self, "tuple") ? namedTupleMethod(self, name, args) : undefined) ??
    containerMethod(w, self, name, args);
  return made === undefined
    ? fail(w, args.offset, "python-attribute", `${describe(self)} has no method ${name} that is read here.`)
    : made;
}

const reductions = ["mean", "std", "var", "sum", "min", "max"];
/** `x.mean(axis, keepdims=True)`. */
function reducedByMethod(w: World, self: DataValue, { positional: [first], keyword }: Args): Value {
  const axis = (first ?? keyword.get("axis"))?.value ?? null;
  return reduced(w, self, axis, keyword.get("keepdims")?.value ?? null);
}

/** What a method gives where the numbers are known. */
function byKnown(w: World, self: DataValue, name: string): Value | undefined {
  if (name === "tolist" || (name === "item" && self.shape?.length === 0)) return toList(w, self);
  return reduceKnown(w, name, self);
}

/** Methods that only compute something of an array. */
const reading = [
  ...reductions,
  "prod",
  "argmax",
  "argmin",
  "any",
  "all",
  "tolist",
  "item",
  "round",
  "head",
  "describe",
  "value_counts",
  "numpy",
  "nonzero",
];
function dataMethod(w: World, self: DataValue, name: string, args: Args): Value {
  const [first] = args.positional;
  const values = args.positional.map((g) => g.value);
  if (name === "astype") return astype(w, self, first?.value ?? args.keyword.get("dtype")?.value ?? null);
  if (name === "reshape")
    return reshape(w, self, values.length === 1 ? values[0] : tuple(values), args.offset);
  if (name === "copy") return array(w, { op: "index", of: self.step, index: [] }, self.shape);
  if (name === "flatten" || name === "ravel") return reshape(w, self, -1n, args.offset);
  if (name === "transpose") {
    const axes = values.length === 1 ? values[0] : values.length === 0 ? null : tuple(values);
    return transposed(w, self, axes, args.offset);
  }
  if (name === "squeeze") return squeeze(w, self, first?.value ?? args.keyword.get("axis")?.value ?? null);
  if (name === "expand_dims") return expandDims(w, self, first?.value ?? null);
  const own = args.keyword.size > 0 || values.length > 0 ? undefined : byKnown(w, self, name);
  if (own !== undefined) return own;
  if (reductions.includes(name) && self.shape) return reducedByMethod(w, self, args);
  if (!reading.includes(name)) spoil(w, self);
  return opaque(w);
}
