import type { KerasObject, RegularizerConfig } from "../config.ts";
import type { Optional } from "../fields.ts";
import type { RegularizerDef } from "../regularizer.ts";
import { regularizers } from "../regularizers/index.ts";
import { tableOf } from "../table.ts";
import { objectSchema, olderObject, readObject } from "./object.ts";
import { writtenObject } from "./write.ts";

/** Regularizers by every name that Keras takes. */
export const regularizerTable: ReadonlyMap<string, RegularizerDef> = tableOf(
  regularizers as readonly unknown[] as readonly RegularizerDef[],
);

const schema = objectSchema("a regularizer");

/** A regularizer: null, a name, `{ class_name, config }`, or what Keras 3 saves. */
export function regularizer(): Optional<RegularizerConfig | null, string | KerasObject | null> {
  return {
    schema: { anyOf: [{ type: "null" }, ...schema.anyOf!], description: `${schema.description} or null` },
    default: null,
    read: (value, report) =>
      value === null ? null : (readObject(regularizerTable, "a regularizer", value, report) ?? null),
    keras2: (value) => olderObject(regularizerTable, value),
    write: (value, keras) =>
      value &&
      writtenObject("keras.regularizers", value, regularizerTable.get(value.class_name)!.config, keras),
  };
}
