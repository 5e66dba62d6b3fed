import { type Diagnostic, ModelError, type Where } from "../../diagnostics.ts";
import { keyProblem } from "../../ir/build/resolve.ts";
import type { KeyProblem } from "../../ir/fields/read.ts";
import type { OlderKeras } from "../../ir/fields.ts";
import { meantByKeras2 } from "../../ir/fields/keras2.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import type { Keras1View } from "../../ir/spec.ts";
import { type Args, bind, bindKnown, type Given } from "./arguments.ts";
import { layerDraws } from "./draws.ts";
import { legacyCall } from "./legacy-calls.ts";
import { isKeras1, isOfKeras1, argumentsOfKeras1, todaysLayer } from "./keras1.ts";
import type { KerasName } from "./names.ts";
import { rowsOf } from "./known-arrays.ts";
import { refuseOtherNumbers } from "./number-kinds.ts";
import { plain, tensorsIn } from "./plain.ts";
import { describe, is, type LayerValue, type ModelState, quoted, tuple, type Value } from "./values.ts";
import { autoName, fail, leaveUnread, where, type World } from "./world.ts";

type Raw = Record<string, unknown>;
/** The Keras 2 that layers are of: tf_keras, all of whose versions mean the same, or the one that was asked for. */
export function olderKeras({ library: { version } }: World): OlderKeras {
  const data_format = "channels_last";
  return version === undefined ? { version: "2.21", data_format } : { version, data_format, counted: true };
}

/** What every new layer or model object starts as. */
export function newLayer(
  w: World,
  className: string,
  name: string | undefined,
  more: {
    config?: Raw;
    key_at?: Record<string, Where>;
    said?: Record<string, string>;
    draws?: number[];
    wants_shape?: readonly (number | null)[];
    model?: ModelState;
    keras1?: Keras1View;
    /** The name is Keras's own, though no counter gave it. */
    auto_name?: boolean;
    /** The class that the name counts, where that is another. */
    counted?: string;
    offset: number;
  },
): LayerValue {
  const { offset, config = {}, key_at = {}, counted = className, ...rest } = more;
  const made: LayerValue = {
    kind: "layer",
    id: ++w.meter.ids,
    class_name: className,
    name: name ?? autoName(w, counted),
    auto_name: name === undefined,
    config,
    key_at,
    trainable: true,
    trainable_set: false,
    calls: [],
    at: where(w, offset),
    ...rest,
  };
  if (!made.model) w.layers.push(made);
  return made;
}

/** Constructs a layer as `Class(…)` does: arguments to config keys, a name from the counter, its seeds. */
export function constructLayer(w: World, named: KerasName, given: Args): LayerValue {
  const [cls, args] = legacyCall(w, named, given);
  const old = isKeras1(w) && isOfKeras1(cls);
  const bound = old
    ? bindKnown(w, `${cls.name} of Keras 1`, cls.args, args, cls.keyword_only)
    : bind(w, cls.name, cls.args, args);
  const name = stringArgument(w, bound, "name");
  const trainable = take(bound, "trainable");
  const asked = old ? askedOfKeras1(w, cls.name, bound) : askedShape(w, cls.name, bound);
  gatherLists(w, cls.name, bound);
  passOverWeights(w, cls.name, bound);
  if (old) refuseSideBySide(w, cls.name, bound);
  refuseOtherNumbers(w, cls.name, bound);
  const settings = [...bound];
  const said = Object.fromEntries(settings.map(([key, given]) => [key, argument(w, cls.name, key, given)]));
  const { class_name, config } = old
    ? ofKeras1(w, cls.name, said, args.offset)
    : { class_name: cls.name, config: meant(w, cls.name, said) };
  const wants_shape = asked ?? ownShape(w, class_name, said);
  const key_at = Object.fromEntries(
    settings.map(([key, { offset, key: name = offset }]) => [
      key,
      where(w, knows(class_name, key) ? offset : name),
    ]),
  );
  const spelled = Object.fromEntries(settings.map(([key, { value }]) => [key, quoted(value)]));
  const layer = newLayer(w, class_name, name, {
    config,
    key_at,
    said: spelled,
    offset: args.offset,
    draws: layerDraws(w, class_name, config, bound),
    wants_shape,
    counted: cls.name,
    ...(old && { keras1: { class_name: cls.name } }),
  });
  if (trainable) setFlag(w, layer, trainable);
  return layer;
}

/** An argument's value. A tensor is none: it was meant for the call. */
function argument(w: World, className: string, key: string, { value, offset }: Given): unknown {
  if (tensorsIn(value).length === 0) return plain(w, value, offset);
  const alone = is(value, "tensor");
  return fail(w, offset, "python-value", `${className} cannot take a tensor as ${key}.`, {
    received: alone ? "a tensor" : "a tensor among its values",
    hint: alone
      ? `Call the layer on it: ${className}(…)(x).`
      : `Call the layer on them: ${className}(…)([a, b]).`,
  });
}

/** Keras 1 lets a Sequential begin with several models side by side. */
function refuseSideBySide(w: World, className: string, bound: Map<string, Given>): void {
  const given = className === "Merge" ? take(bound, "layers") : undefined;
  if (given && given.value !== null)
    fail(w, given.offset, "python-unsupported", "A Merge of models side by side is not read.", {
      hint: "Write it with tensors: merge([left.output, right.output], mode=…), then Model(input=[…], output=…).",
    });
}

/** A layer of Keras 1 as the one that it is today; what it says that nothing means any more is reported. */
function ofKeras1(w: World, name: string, said: Raw, offset: number): { class_name: string; config: Raw } {
  const problems: Diagnostic[] = [];
  const at = where(w, offset);
  const report = (problem: KeyProblem): unknown => problems.push(keyProblem({ at }, name, { name }, problem));
  const today = todaysLayer(name, said, olderKeras(w), report);
  if (problems.length > 0) throw new ModelError(problems);
  return today;
}

/** Initial weights by `weights=`, which every layer of Keras 2 takes, and Embedding ever since. */
function passOverWeights(w: World, className: string, bound: Map<string, Given>): void {
  if (!w.library.keras2 && className !== "Embedding") return;
  const given = take(bound, "weights");
  if (!given || given.value === null) return;
  const items = is(given.value, "list", "tuple") ? given.value.items : [given.value];
  if (items.length === 0 || !items.every((item) => is(item, "data", "opaque", "free")))
    fail(w, given.offset, "python-value", `These are no weights of ${className}.`, {
      expected: "a list of arrays",
      received: describe(given.value),
    });
  leaveUnread(w, given.offset, `The weights given to ${className} are not read.`, FROM_FILE);
}

export const FROM_FILE = "Give the model's weights with --load-weights.";

/** Whether a layer has an option of this name; else the name itself is at fault, not its value. */
const knows = (className: string, key: string): boolean => !layerTable.has(className) || has(className, key);
const has = (className: string, key: string): boolean =>
  Object.hasOwn(fieldsOf(layerTable.get(className) ?? { config: {} }), key);

/** The batch shape that a layer of Keras 2 gives itself. */
function ownShape(w: World, className: string, config: Raw): (number | null)[] | undefined {
  const shape = w.library.keras2 && layerTable.get(className)?.older?.input_shape?.(config);
  return shape ? [null, ...shape] : undefined;
}

/** Lists of layers that Keras makes one layer of. */
function gatherLists(w: World, className: string, bound: Map<string, Given>): void {
  for (const [option, { class_name, key }] of Object.entries(layerTable.get(className)?.listed ?? {})) {
    const given = bound.get(option);
    if (!given || !is(given.value, "list", "tuple")) continue;
    const { offset } = given;
    const config = meant(w, class_name, { [key]: plain(w, given.value, offset) });
    const draws = layerDraws(w, class_name, config, new Map());
    bound.set(option, {
      ...given,
      value: newLayer(w, class_name, undefined, { config, offset, ...(draws && { draws }) }),
    });
  }
}

/** Arguments in the words of Keras 3; what is at fault is told when the model is built. */
function meant(w: World, className: string, config: Raw): Raw {
  const def = w.library.keras2 ? layerTable.get(className) : undefined;
  return def ? meantByKeras2(def, config, olderKeras(w), { report: () => undefined }) : config;
}

/** `trainable=` of a constructor: the layer's own flag, not that of layers inside. */
export function setFlag(w: World, layer: LayerValue, { value, offset }: Given): void {
  if (typeof value !== "boolean")
    fail(w, offset, "python-value", "trainable must be True or False.", { received: describe(value) });
  layer.trainable = value;
  layer.trainable_set = true;
  layer.alone = !w.library.keras2;
}

export function take(bound: Map<string, Given>, key: string): Given | undefined {
  const given = bound.get(key);
  bound.delete(key);
  return given;
}

export function stringArgument(w: World, bound: Map<string, Given>, key: string): string | undefined {
  const given = take(bound, key);
  if (given === undefined || given.value === null) return undefined;
  const text = plain(w, given.value, given.offset);
  if (key === "name" && typeof text === "string" && text.includes("/") && !w.library.keras2)
    return fail(w, given.offset, "python-value", "A name cannot contain /.", {
      received: describe(given.value),
      hint: `For example ${describe(text.replaceAll("/", "_"))}.`,
    });
  return typeof text === "string"
    ? text
    : fail(w, given.offset, "python-value", `${key} must be a string.`, { received: describe(given.value) });
}

/** `input_shape=`, `input_dim=`, `batch_input_shape=` of a first layer, as a batch shape. */
function askedShape(w: World, className: string, bound: Map<string, Given>): (number | null)[] | undefined {
  const batch = take(bound, "batch_input_shape");
  if (batch) return shapeArgument(w, batch);
  const dim = has(className, "input_dim") ? undefined : take(bound, "input_dim");
  const shape = dim ? [dimension(w, dim.value, dim.offset)] : shapeOf(w, take(bound, "input_shape"));
  if (shape === undefined) return undefined;
  const size = take(bound, "batch_size");
  return [size ? dimension(w, size.value, size.offset) : null, ...shape];
}
/** There a layer of sequences takes their length beside the size of their steps; Embedding has these words for its table. */
function askedOfKeras1(
  w: World,
  className: string,
  bound: Map<string, Given>,
): (number | null)[] | undefined {
  const length = className === "Embedding" ? undefined : take(bound, "input_length");
  const dim = className === "Embedding" ? undefined : take(bound, "input_dim");
  if (!dim || dim.value === null) return askedShape(w, className, bound);
  const size = dimension(w, dim.value, dim.offset);
  if (!argumentsOfKeras1(className).includes("input_length")) return [null, size];
  return [null, length ? dimension(w, length.value, length.offset) : null, size];
}
const shapeOf = (w: World, given: Given | undefined): (number | null)[] | undefined =>
  given === undefined || given.value === null ? undefined : shapeArgument(w, given);

/** A shape: a tuple or list of whole numbers and None. A lone number is a slip that Python does not forgive. */
export function shapeArgument(w: World, given: Given): (number | null)[] {
  const { offset } = given;
  const rows = is(given.value, "data") ? rowsOf(w, given.value, offset) : undefined;
  const value = rows ? tuple(rows) : given.value;
  if (!is(value, "list", "tuple")) {
    if (typeof value !== "bigint") plain(w, value, offset);
    const hint =
      typeof value === "bigint" ? { hint: `Write (${value},): a tuple of one needs its comma.` } : {};
    return fail(w, offset, "python-shape", "A shape must be a tuple or list.", {
      expected: "for example (28, 28)",
      received: describe(value),
      ...hint,
    });
  }
  return value.items.map((item) => dimension(w, item, offset));
}
function dimension(w: World, v: Value, offset: number): number | null {
  if (v === null) return null;
  const n = plain(w, v, offset);
  return typeof n === "number" && Number.isInteger(n)
    ? n
    : fail(w, offset, "python-shape", "A dimension must be a whole number or None.", {
        received: describe(v),
      });
}
