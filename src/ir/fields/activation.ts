import { didYouMean } from "../../diagnostics.ts";
import type { ActivationDef } from "../activation.ts";
import { activations } from "../activations/index.ts";
import type { ActivationConfig, KerasObject, LayerOption } from "../config.ts";
import type { Field, Generation, Optional, Report } from "../fields.ts";
import { tableOf } from "../table.ts";
import { identify, inObject, objectSchema } from "./object.ts";
import { type KeyProblem, readFields, renamed } from "./read.ts";
import { show } from "./schema.ts";
import { written } from "./write.ts";

const all = activations as readonly unknown[] as readonly ActivationDef[];
/** Activation functions by every name that Keras takes. */
export const activationTable: ReadonlyMap<string, ActivationDef> = tableOf(all);
/** By the class of the layer that is the same function. */
const byLayer = new Map(all.flatMap((def) => (def.layer ? [[def.layer, def] as const] : [])));
/** Names that Keras 1 and 2 gave to other functions than Keras 3 does, and these. */
const older = new Map(all.flatMap((def) => (def.keras2 ? [[def.keras2, def] as const] : [])));
/** Whether a name is Keras's: functions that only older Keras has are said as `steps`, never by our names for them. */
const isPublic = (name: string): boolean => activationTable.get(name)?.steps === undefined;
/** Names that a config may say. */
const publicNames = [...activationTable.keys()].filter(isPublic);
/** A function that is serialized as an object is Keras's where it has the very name of one; another name is somebody's own. */
const isKeras = (value: unknown, name: string): boolean =>
  isPublic(name) && (typeof value === "string" || activationTable.get(name)?.name === name);
/** Keys of a layer that say nothing about the function it is. */
const BASE = new Set(["name", "trainable", "dtype"]);

const required = (def: ActivationDef): boolean =>
  Object.entries(def.config).some(([key, f]) => !("default" in f) && !(def.named && key in def.named));

/** The canonical activation: its saved name, or the object of an activation layer with every field present. */
function read(value: unknown, report: Report): ActivationConfig {
  if (value === null) return "linear";
  const said = identify(value);
  const stacked = said?.name === "Sequential" ? ofSteps(said.config) : undefined;
  if (stacked) return stacked.name;
  const layer = said && typeof value !== "string" ? byLayer.get(said.name) : undefined;
  if (said && layer) return readLayer(layer, said.config, report);
  const def = said && isKeras(value, said.name) ? activationTable.get(said.name) : undefined;
  if (def && !required(def)) return def.name;
  const alias = said && !def && typeof value !== "string" && publicNames.includes(said.name);
  const received = show(said?.name ?? value);
  const hint = said && !alias && hintFor(said.name, def);
  report({
    expected: "the name of an activation",
    received: alias ? `a function ${received} that is not Keras's own` : received,
    ...(hint && { hint }),
  });
  return "linear";
}

function hintFor(name: string, def: ActivationDef | undefined): string | undefined {
  if (def) return `${def.name} needs arguments and cannot be given by its name.`;
  return name.toLowerCase() === "none"
    ? "Did you mean None, without quotes, or 'linear'?"
    : didYouMean(name, publicNames);
}

function readLayer(
  def: ActivationDef,
  given: Readonly<Record<string, unknown>>,
  report: Report,
): KerasObject {
  const fail = (p: KeyProblem): void => report(inObject(def.layer!, p));
  const config = readFields(def.config, renamed(def.config, given, fail, BASE), fail);
  return { class_name: def.layer!, config: config ?? {} };
}

function write(value: ActivationConfig, keras: Generation): unknown {
  if (typeof value === "string") return writeNamed(activationTable.get(value)!, keras);
  return object(value.class_name, written(byLayer.get(value.class_name)!.config, value.config, keras));
}

function writeNamed({ name, keras2, only, steps }: ActivationDef, keras: Generation): unknown {
  if (only === undefined || only === keras) return (keras === "2" && keras2) || name;
  return inSteps(name, steps!);
}

/** Layers one after the other, as Keras 3 is told of a function that it has not. */
function inSteps(name: string, steps: readonly KerasObject[]): object {
  const layers = steps.map(({ class_name, config }, k) =>
    object(class_name, { name: `${name}_${k + 1}`, ...config }),
  );
  return { ...object("Sequential", { name, layers }), module: "keras" };
}

const object = (class_name: string, config: Readonly<Record<string, unknown>>): object => ({
  module: "keras.layers",
  class_name,
  config,
  registered_name: null,
});

/** The activation that these layers, one after the other, are: see `steps`. */
function ofSteps({ layers }: Readonly<Record<string, unknown>>): ActivationDef | undefined {
  const given = Array.isArray(layers) ? layers.map(identify).filter((one) => one?.name !== "InputLayer") : [];
  const is = (step: KerasObject, one: (typeof given)[number]): boolean =>
    one?.name === step.class_name &&
    Object.entries(step.config).every(([key, value]) => one.config[key] === value);
  return all.find(
    ({ steps }) => steps?.length === given.length && steps.every((step, k) => is(step, given[k])),
  );
}

function keras2(value: unknown): unknown {
  const { name, steps } = older.get(identify(value)?.name ?? "") ?? {};
  return name && steps ? inSteps(name, steps) : value;
}

function unwritable(value: ActivationConfig, keras: Generation): string | undefined {
  const { name, only, steps } = activationOf(value).def;
  return only === undefined || only === keras || steps ? undefined : `it has no ${name}`;
}

type Given = string | KerasObject | LayerOption | null;
export function activation(name?: undefined): Field<ActivationConfig, Given>;
export function activation(name: string): Optional<ActivationConfig, Given>;
/** An activation: a name, null for linear, or an activation layer or its object. */
export function activation(name?: string): Field<ActivationConfig, Given> {
  const { anyOf, description } = objectSchema("an activation");
  return {
    schema: { anyOf: [{ type: "null" }, ...anyOf!], description },
    ...(name && { default: name }),
    read,
    write,
    keras2,
    unwritable,
  };
}

/** The function and parameters that a canonical activation means. */
export function activationOf(value: ActivationConfig): {
  def: ActivationDef;
  config: Readonly<Record<string, unknown>>;
} {
  if (typeof value !== "string") return { def: byLayer.get(value.class_name)!, config: value.config };
  const def = activationTable.get(value)!;
  return { def, config: { ...readFields(def.config, {}, () => undefined), ...def.named } };
}
