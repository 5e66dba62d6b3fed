import { didYouMean } from "../../diagnostics.ts";
import type { LayerOption } from "../config.ts";
import type { Field, Generation, OlderKeras, Report } from "../fields.ts";
import type { InnerLayer, LayerDef } from "../layer.ts";
import { fieldsOf, INPUT_KEYS } from "../layers/base.ts";
import { innerTable } from "../layers/index.ts";
import { olderLayer } from "./keras2.ts";
import { identify, inObject } from "./object.ts";
import { type KeyProblem, type Raw, readFields, renamed } from "./read.ts";
import { show } from "./schema.ts";
import { unwritable, written } from "./write.ts";

/** A layer that a layer's config holds: its config validated, every field present. */
export interface LayerConfig {
  readonly class_name: string;
  readonly name: string;
  readonly config: Raw;
  /** The seeds that it drew when it was constructed, where its source says them. */
  readonly draws?: readonly number[];
  /** See `LayerSpec.id`. */
  readonly id?: number;
}

/** A layer inside another: an object with class_name and config, its name among the keys of the config. */
export function innerLayer(): Field<LayerConfig, LayerOption> {
  return {
    schema: { type: "object", description: "a layer" },
    read: (value, report) => read(value, report) ?? NOTHING,
    write,
    keras2,
    unwritable({ class_name, config }, keras) {
      const [found] = unwritable(fieldsOf(defOf(class_name)!), config, keras);
      return found && `the ${found.key} of its ${class_name}: ${found.why}`;
    },
  };
}

/** The layers of a Sequential inside another layer; what they are called on goes without saying. */
export function innerLayers(): Field<readonly LayerConfig[], readonly LayerOption[]> {
  const isInput = (value: unknown): boolean => identify(value)?.name === "InputLayer";
  return {
    schema: {
      type: "array",
      items: { type: "object", description: "a layer" },
      description: "a list of layers",
    },
    read: (value, report) =>
      (value as readonly unknown[]).filter((one) => !isInput(one)).map((one) => read(one, report) ?? NOTHING),
    write: (layers, keras) => layers.map((layer) => write(layer, keras)),
    keras2: (value, from, report) =>
      Array.isArray(value) ? value.map((one) => keras2(one, from, report)) : value,
  };
}

const defOf = (class_name: string): LayerDef | undefined => innerTable.get(class_name);

function write({ class_name, name, config }: LayerConfig, keras: Generation): object {
  const def = defOf(class_name)!;
  return {
    ...(keras === "3" && { module: def.home ?? "keras.layers" }),
    class_name,
    config: { name, ...written(fieldsOf(def), config, keras) },
    ...(keras === "3" && { registered_name: null }),
  };
}

/** The same layer yet to be made: nothing drawn, itself or inside. */
export function undrawn({ class_name, name, config }: LayerConfig): LayerConfig {
  const parts = Object.values(config)
    .flat()
    .filter((value): value is LayerConfig => isLayer(value));
  const fresh = (value: unknown): unknown =>
    Array.isArray(value) ? value.map(fresh) : isLayer(value) ? undrawn(value) : value;
  const inside = Object.entries(config).map(([key, value]) => [key, fresh(value)]);
  return { class_name, name, config: parts.length ? (Object.fromEntries(inside) as Raw) : config };
}
const isLayer = (value: unknown): value is LayerConfig =>
  typeof value === "object" &&
  value !== null &&
  "name" in value &&
  "config" in value &&
  innerTable.has((value as LayerConfig).class_name);

const NOTHING: LayerConfig = { class_name: "", name: "", config: {} };

/** The object and config of an inner layer. */
export const layerIn = ({ class_name, ...rest }: LayerConfig): InnerLayer => ({
  def: defOf(class_name)!,
  ...rest,
});

function read(value: unknown, report: Report): LayerConfig | undefined {
  const said = identify(value);
  const def = said && defOf(said.name);
  if (!def) {
    const received = said?.name ?? show(value);
    const hint = said && didYouMean(said.name, innerTable.keys());
    return void report({ expected: "a layer that is supported", received, ...(hint && { hint }) });
  }
  const { name, ...given } = said.config;
  if (typeof name !== "string")
    return void report({ expected: `${def.name} to have a name`, received: show(name) });
  let sound = true;
  const fail = (p: KeyProblem): void => {
    sound = false;
    report(inObject(def.name, p));
  };
  const fields = fieldsOf(def);
  const ignored = new Set([...INPUT_KEYS, ...(def.ignored ?? [])]);
  const config = readFields(fields, renamed(fields, given, fail, ignored), fail);
  if (!config || !sound) return undefined;
  const whole = def.complete
    ? def.complete(config, (key, expected, received) => fail({ key, what: "wrong", expected, received }))
    : config;
  const { draws, shared_object_id: id } = value as { draws?: readonly number[]; shared_object_id?: unknown };
  const more = { ...(draws && { draws }), ...(typeof id === "number" && { id }) };
  // each copy is an object of its own: seeds are drawn for it
  return sound ? { class_name: def.name, name, config: structuredClone(whole), ...more } : undefined;
}

/** What an inner layer of Keras 1 or 2 says, in the words of Keras 3. */
function keras2(value: unknown, from: OlderKeras, report: Report): unknown {
  const said = identify(value);
  if (!said) return value;
  const tell = (problem: KeyProblem): void => report(inObject(said.name, problem));
  const written = { class_name: said.name, config: said.config };
  return { ...(value as object), ...olderLayer(written, innerTable, from, { report: tell }) };
}
