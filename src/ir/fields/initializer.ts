import type { InitializerConfig, KerasObject } from "../config.ts";
import type { Fields, Optional } from "../fields.ts";
import { initializers } from "../initializers/index.ts";
import { tableOf } from "../table.ts";
import { type Configured, objectSchema, readObject } from "./object.ts";
import { readFields } from "./read.ts";
import { written } from "./write.ts";

interface InitializerEntry extends Configured {
  readonly aliases: readonly string[];
  readonly random: boolean;
}
const table = tableOf(initializers as readonly unknown[] as readonly InitializerEntry[]);

/** An initializer with its own defaults. */
function initial(name: string): InitializerConfig {
  const def = table.get(name)!;
  return { class_name: def.name, config: readFields(def.config, {}, () => undefined)! };
}

/** An initializer: a name, `{ class_name, config }`, or what Keras 3 saves. */
export function initializer(name: string): Optional<InitializerConfig, string | KerasObject> {
  const fallback = initial(name);
  return {
    schema: objectSchema("an initializer"),
    default: fallback,
    read: (value, report) => readObject(table, "an initializer", value, report) ?? fallback,
    write: (value) => ({
      module: "keras.initializers",
      ...writtenObject(value, table),
      registered_name: null,
    }),
    initializer: true,
  };
}

const writtenObject = (
  value: KerasObject,
  entries: ReadonlyMap<string, { readonly config: Fields }>,
): KerasObject => ({
  class_name: value.class_name,
  config: written(entries.get(value.class_name)!.config, value.config),
});

/** Whether an initializer draws its seed when its layer is constructed: it is random and nobody gave it one. */
export function drawsSeed({ class_name, config }: InitializerConfig): boolean {
  return table.get(class_name)!.random && (config.seed ?? null) === null;
}
