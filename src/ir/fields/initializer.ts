import type { InitializerConfig, KerasObject } from "../config.ts";
import type { Optional } from "../fields.ts";
import { initializers } from "../initializers/index.ts";
import { tableOf } from "../table.ts";
import { type Configured, objectSchema, readObject } from "./object.ts";
import { readFields } from "./read.ts";
import { writtenObject } from "./write.ts";

interface InitializerEntry extends Configured {
  readonly aliases: readonly string[];
  readonly random: boolean;
  readonly since?: string;
  readonly saved?: string;
}
export const initializerTable: ReadonlyMap<string, InitializerEntry> = tableOf(
  initializers as readonly unknown[] as readonly InitializerEntry[],
);

/** An initializer with its own defaults. */
function initial(name: string): InitializerConfig {
  const def = initializerTable.get(name)!;
  return { class_name: def.name, config: readFields(def.config, {}, () => undefined)! };
}

/** An initializer: a name, `{ class_name, config }`, or what Keras 3 saves; for None, that of Keras's `add_weight`. */
export function initializer(name: string): Optional<InitializerConfig, string | KerasObject | null> {
  const fallback = initial(name);
  return {
    schema: { anyOf: [objectSchema("an initializer"), { type: "null" }] },
    default: fallback,
    read: (value, report) =>
      value === null
        ? { ...initial("GlorotUniform"), late: true }
        : (readObject(initializerTable, "an initializer", value, report) ?? fallback),
    write: (value, keras) => {
      const { config, saved } = initializerTable.get(value.class_name)!;
      const class_name = (keras === "3" && saved) || value.class_name;
      return writtenObject("keras.initializers", { ...value, class_name }, config, keras);
    },
    unwritable: ({ class_name }, keras) =>
      keras === "2" && initializerTable.get(class_name)!.since ? `it has no ${class_name}` : undefined,
    initializer: true,
  };
}

/** Whether an initializer draws its seed when its layer is constructed: it is random and nobody gave it one. */
export function drawsSeed({ class_name, config, late }: InitializerConfig): boolean {
  return !late && initializerTable.get(class_name)!.random && (config.seed ?? null) === null;
}
