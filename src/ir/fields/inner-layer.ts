import { didYouMean } from "../../diagnostics.ts";
import type { LayerOption } from "../config.ts";
import type { Field, Report } from "../fields.ts";
import type { InnerLayer } from "../layer.ts";
import { fieldsOf, INPUT_KEYS } from "../layers/base.ts";
import { layerTable } from "../layers/index.ts";
import { meantByKeras2 } from "./keras2.ts";
import { identify, inObject } from "./object.ts";
import { type KeyProblem, type Raw, readFields, renamed } from "./read.ts";
import { show } from "./schema.ts";
import { written } from "./write.ts";

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
    write: ({ class_name, name, config }) => ({
      module: "keras.layers",
      class_name,
      config: { name, ...written(fieldsOf(layerTable.get(class_name)!), config) },
      registered_name: null,
    }),
    keras2,
    unwritable({ class_name, config }) {
      const fields = Object.entries(fieldsOf(layerTable.get(class_name)!));
      return fields.map(([key, field]) => field.unwritable?.(config[key])).find((why) => why !== undefined);
    },
  };
}

const NOTHING: LayerConfig = { class_name: "", name: "", config: {} };

/** The object and config of an inner layer. */
export const layerIn = ({ class_name, ...rest }: LayerConfig): InnerLayer => ({
  def: layerTable.get(class_name)!,
  ...rest,
});

function read(value: unknown, report: Report): LayerConfig | undefined {
  const said = identify(value);
  const def = said && layerTable.get(said.name);
  if (!def) {
    const received = said?.name ?? show(value);
    const hint = said && didYouMean(said.name, layerTable.keys());
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

/** What an inner layer of Keras 1 or 2 says, its values as `Field.keras2` has them. */
function keras2(value: unknown, version: string | undefined, report: Report): unknown {
  const said = identify(value);
  const def = said && layerTable.get(said.name);
  if (!def) return value;
  const tell = (problem: KeyProblem): void => report(inObject(def.name, problem));
  return { ...(value as object), config: meantByKeras2(fieldsOf(def), said.config, version, tell) };
}
