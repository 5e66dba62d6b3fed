import { closest, ModelError } from "../../diagnostics.ts";
import { numbersOf } from "./known-arrays.ts";
import { modelSpec } from "./spec-of.ts";
import { elsewhere, hasModule, lookUp } from "./names.ts";
import {
  describe,
  type FreeValue,
  is,
  type Key,
  type ObjectValue,
  type OpaqueValue,
  type TensorValue,
  type Value,
} from "./values.ts";
import { fail, opaque, where, type World } from "./world.ts";

/** Families whose class stands for an object without arguments, as Keras's `get` has it. */
const instantiable = [
  "keras.initializers",
  "keras.regularizers",
  "keras.constraints",
  "keras.losses",
  "keras.metrics",
];

/** A Python value as a plain Keras one: numbers, strings, lists, records, `{ class_name, config }`. */
export function plain(w: World, v: Value, offset: number): unknown {
  if (v === null || typeof v === "boolean" || typeof v === "number" || typeof v === "string") return v;
  if (typeof v === "bigint") return integer(w, v, offset);
  if (is(v, "list", "tuple")) return v.items.map((item) => plain(w, item, offset));
  if (is(v, "range")) return rangeItems(v).map(Number);
  if (is(v, "dict"))
    return Object.fromEntries([...v.entries].map(([key, x]) => [keyText(key), plain(w, x, offset)]));
  if (is(v, "object")) return { class_name: v.class_name, config: v.config };
  if (is(v, "layer") && !v.model) {
    const config = { name: v.name, ...v.config, ...(v.trainable_set && { trainable: v.trainable }) };
    const { class_name, id: shared_object_id, draws } = v;
    return { class_name, config, shared_object_id, ...(draws?.length && { draws: [...draws] }) };
  }
  if (is(v, "layer") && v.model?.class_name === "Sequential" && !v.model.built) {
    const layers = v.model.layers.map((layer) => plain(w, layer, offset));
    const config = { name: v.name, layers, ...(v.trainable_set && { trainable: v.trainable }) };
    return { class_name: v.class_name, config, shared_object_id: v.id };
  }
  if (is(v, "layer")) {
    const config = { name: v.name, network: modelSpec(v), trainable: v.trainable };
    return { class_name: "Functional", config, shared_object_id: v.id };
  }
  return fromName(w, v, offset) ?? fewNumbers(w, v) ?? unusable(w, v, offset);
}

/** `np.int64(2)`, `np.array([2, 2])`: what Keras makes of them where it wants numbers. */
export function fewNumbers(w: World, v: Value): unknown {
  if (!is(v, "data") || (v.shape?.length ?? 2) > 1) return undefined;
  const known = numbersOf(w, v);
  const values = known?.data.map((n) => (known.dtype === "bool" ? n !== 0 : n));
  return v.shape?.length === 0 ? values?.[0] : values;
}
function fromName(w: World, v: Value, offset: number): unknown {
  if (is(v, "module")) return functionName(v.path);
  if (is(v, "builtin")) return v.name === "float" ? "float32" : undefined;
  if (!is(v, "keras")) return undefined;
  const { kind, name, module } = v.name;
  if (kind === "function") return name;
  if (kind === "class" && instantiable.includes(module)) return { class_name: name, config: {} };
  return fail(w, offset, "python-class", `${name} is the class here, not an object of it.`, {
    hint: `Write ${name}() with its arguments.`,
  });
}

/** `tf.nn.relu`, `tf.float32`, `np.float32`: the name that Keras has for it. */
function functionName(path: string): string | undefined {
  const last = path.slice(path.lastIndexOf(".") + 1);
  if (/^tensorflow\.(nn|math|keras)?\b/.test(path) && lookUp("keras.activations", last)?.kind === "function")
    return last;
  return /^(tensorflow|numpy|jax\.numpy)\.(float|int|uint|bool|bfloat)\w*$/.test(path)
    ? last.replace(/_$/, "")
    : undefined;
}

/** What Python has without import to run or make code, or to look into the computer. */
const neverRun = /^(exec|eval|compile|breakpoint|delattr|memoryview|format|ascii|aiter|anext)$/;

/** Why a value cannot be used here. */
export function unusable(w: World, v: Value, offset: number, meant?: string): never {
  if (is(v, "free")) return undefinedName(w, v, offset, meant);
  if (is(v, "opaque")) return unreadValue(w, v, offset);
  if (is(v, "partial")) return unusable(w, v.fn, offset, meant);
  if (is(v, "function")) {
    fail(
      w,
      offset,
      "python-unknown-value",
      `${v.def.name === "lambda" ? "This lambda" : v.def.name} is a function of the snippet: its code is not run.`,
      { hint: "Use what Keras has by name, or layers that compute the same." },
    );
  }
  if (is(v, "data")) {
    fail(w, offset, "python-unknown-value", "An array is not known while the model is read.", {
      hint: "Write a constant, or give it with --define NAME=VALUE.",
    });
  }
  if (is(v, "module") && isUnread(v.path)) {
    fail(w, offset, "python-unknown-value", "This value comes from a module that is not read.", {
      received: v.path,
      hint: `Write the value as a constant, or give it with --define ${namedSo(w, v.path)}=VALUE.`,
    });
  }
  const near = is(v, "builtin") ? closest(v.name, w.globals.keys()) : undefined;
  return fail(w, offset, "python-value", "This value cannot be used here.", {
    received: is(v, "builtin") ? `Python's own ${v.name}` : describe(v),
    ...(near === undefined ? {} : { hint: `Did you mean ${near}?` }),
  });
}
function undefinedName(w: World, { name, at }: FreeValue, offset: number, meant?: string): never {
  if (neverRun.test(name))
    fail(w, offset, "python-unsupported", `${name} is a built-in function of Python that is not run here.`, {
      at,
      hint: "Write what it gives or does, or take the line out.",
    });
  return fail(w, offset, "python-name", `The name ${name} is not defined.`, {
    at,
    hint: nameHint(w, name, meant),
  });
}

function unreadValue(w: World, v: OpaqueValue, offset: number): never {
  if (v.refused) throw new ModelError(v.refused);
  const from = v.at.line === where(w, offset).line ? (v.cause ?? v) : v;
  const { call } = v.of_tensors ? (v.cause ?? v) : from;
  return fail(
    w,
    offset,
    "python-unknown-value",
    `This value comes from line ${lineOf(from)}, which is not read: \`${from.text}\`.`,
    {
      ...(call && { received: `what ${call} gives` }),
      hint: v.of_tensors
        ? "Write it with Keras's own layers, or save the model in Python and give the file."
        : `Write the value as a constant, or give it with --define ${definedAs(w, from, offset)}=VALUE.`,
    },
  );
}

/** An unknown value that a known line makes of another one. */
export const derived = (w: World, from: OpaqueValue): OpaqueValue => ({
  ...opaque(w),
  cause: from.cause ?? from,
});

/** A part of an unknown value: not all that a call gave. */
export function partOf(v: OpaqueValue): OpaqueValue {
  const { call: _, ...part } = v;
  return part;
}

/** What `--define` would name: the expression as it is written, or the name that the line assigns to. */
function definedAs(w: World, v: OpaqueValue, offset: number): string {
  const sameLine = v.at.line === where(w, offset).line;
  const name = assignedName(v.text);
  if (!sameLine && name !== undefined && v.text.replace(/^\w+\s*=\s*/, "") === v.spelled) return name;
  return v.spelled ?? (sameLine ? undefined : name) ?? "NAME";
}

/** Whether nothing is known of a module or of what it has. */
export const isUnread = (path: string): boolean =>
  !/^(keras|tensorflow|numpy|math|os|sys|random)\b/.test(path);

/** What `--define` would name: as the snippet calls what a module has. */
function namedSo(w: World, path: string): string {
  for (const [name, v] of w.globals) {
    if (is(v, "module") && v.path === path) return name;
    if (is(v, "module") && path.startsWith(`${v.path}.`)) return name + path.slice(v.path.length);
  }
  return "NAME";
}

const lineOf = ({ at }: OpaqueValue): string =>
  `${at.line}${at.cell === undefined ? "" : ` of cell ${at.cell}`}`;

/** The name that a line assigns to. */
export const assignedName = (text: string): string | undefined => /^([A-Za-z_]\w*)\s*=[^=]/.exec(text)?.[1];

function nameHint(w: World, name: string, meant = name): string {
  const near = closest(name, w.globals.keys());
  const imported = near === undefined && importOf(name);
  if (imported) return `Import it: ${imported}.`;
  return near === undefined
    ? `Define it above, or give the value with --define ${meant}=VALUE.`
    : `Did you mean ${near}? Or give the value with --define ${meant}=VALUE.`;
}
/** The line that would bring a name of Keras, or a library that everybody calls so. */
function importOf(name: string): string | undefined {
  const usual = { tf: "import tensorflow as tf", np: "import numpy as np", keras: "import keras" }[name];
  if (usual !== undefined) return usual;
  if (hasModule(`keras.${name}`)) return `from keras import ${name}`;
  const found = elsewhere(name) ?? lookUp("keras", name);
  return found && found.kind !== "module" ? `from ${found.module} import ${name}` : undefined;
}

export function integer(w: World, v: bigint, offset: number): number {
  const n = Number(v);
  return Number.isSafeInteger(n)
    ? n
    : fail(w, offset, "python-number", "This number is too large.", { received: String(v) });
}
const keyText = (key: Key): string => (typeof key === "string" ? key : String(key));

export function rangeItems(v: { start: bigint; stop: bigint; step: bigint }): bigint[] {
  const items: bigint[] = [];
  for (let i = v.start; v.step > 0n ? i < v.stop : i > v.stop; i += v.step) {
    items.push(i);
    if (items.length > 1_000_000) break;
  }
  return items;
}

/** Leaves of a nest of values that are Keras tensors. */
export function tensorsIn(v: Value): TensorValue[] {
  if (is(v, "tensor")) return [v];
  if (is(v, "list", "tuple")) return v.items.flatMap(tensorsIn);
  // Keras flattens a record by sorted key.
  if (is(v, "dict"))
    return [...v.entries]
      .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
      .flatMap(([, x]) => tensorsIn(x));
  return [];
}
export const isSeededInitializer = (v: Value): v is ObjectValue =>
  is(v, "object") && v.module === "keras.initializers";
