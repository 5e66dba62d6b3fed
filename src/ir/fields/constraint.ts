import type { ConstraintConfig, KerasObject } from "../config.ts";
import type { ConstraintDef } from "../constraint.ts";
import { constraints } from "../constraints/index.ts";
import type { Optional } from "../fields.ts";
import { tableOf } from "../table.ts";
import { objectSchema, olderObject, readObject } from "./object.ts";
import { writtenObject } from "./write.ts";

/** Constraints by every name that Keras takes. */
export const constraintTable: ReadonlyMap<string, ConstraintDef> = tableOf(
  constraints as readonly unknown[] as readonly ConstraintDef[],
);

const schema = objectSchema("a constraint");

/** A constraint: null, a name, `{ class_name, config }`, or what Keras 3 saves. */
export function constraint(): Optional<ConstraintConfig | null, string | KerasObject | null> {
  return {
    schema: { anyOf: [{ type: "null" }, ...schema.anyOf!], description: `${schema.description} or null` },
    default: null,
    read: (value, report) =>
      value === null ? null : (readObject(constraintTable, "a constraint", value, report) ?? null),
    keras2: (value) => olderObject(constraintTable, value),
    write: (value, keras) =>
      value &&
      writtenObject("keras.constraints", value, constraintTable.get(value.class_name)!.config, keras),
  };
}
