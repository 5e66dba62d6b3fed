import { type Diagnostic, ModelError } from "../../diagnostics.ts";
import type { Field } from "../../ir/fields.ts";
import { describe as describeSchema, type Schema } from "../../ir/fields/schema.ts";
import { fieldsOf } from "../../ir/layers/base.ts";
import { layerTable } from "../../ir/layers/index.ts";
import type { Given } from "./arguments.ts";
import { is, repr, type Value } from "./values.ts";
import { where, type World } from "./world.ts";

/** What Keras 2 takes one number for that stands for all axes: it looks for Python's own. */
const perAxis = /^(kernel_size|strides|dilation_rate|pool_size|padding|cropping|size)$/;

/**
 * Keras 3 takes no 10.0 for 10, mostly no number of NumPy, and no number for a shape; Keras 2 is only strict about
 * numbers of NumPy, and seldom.
 */
export function refuseOtherNumbers(w: World, className: string, bound: ReadonlyMap<string, Given>): void {
  const fields = fieldsOf(layerTable.get(className) ?? { config: {} });
  const problems = [...bound].flatMap(([key, { value, offset }]): Diagnostic[] => {
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined;
    const strict =
      !w.library.keras2 || className === "RepeatVector" || (perAxis.test(key) && field?.schema.anyOf);
    const isAsked = strict && (!w.library.keras2 || is(value, "data"));
    const wrong = field && isAsked && wantsWhole(field.schema) ? wrongKind(field, value) : undefined;
    if (!wrong) return [];
    const { kind, hint } = wrong;
    return [
      {
        code: "python-value",
        message: `${className} takes no ${kind} for ${key}${kind.startsWith("float") ? ", not even a whole one" : ""}.`,
        at: where(w, offset),
        expected: describeSchema(field!.schema),
        received: is(value, "data") ? "a number of NumPy" : repr(value),
        hint,
      },
    ];
  });
  if (problems.length > 0) throw new ModelError(problems);
}

function wrongKind(field: Field<unknown>, value: Value): { kind: string; hint: string } | undefined {
  // what is no whole number the layer refuses itself
  if (isWholeFloat(value)) return { kind: "float", hint: WHOLE };
  if (!field.floats && floatsWithin(value)) return { kind: "float within a tuple", hint: WHOLE };
  if (is(value, "data") && value.shape?.length === 0 && !field.numpy)
    return { kind: "number of NumPy", hint: "Write int(…)." };
  if (field.listed && typeof value === "bigint")
    return { kind: "single number", hint: `Write (${value},): a tuple of one needs its comma.` };
  return undefined;
}

const WHOLE = "Divide by //, or write int(…).";
const isWholeFloat = (v: Value): boolean => typeof v === "number" && Number.isInteger(v);
const floatsWithin = (v: Value): boolean =>
  is(v, "list", "tuple") && v.items.some((item) => isWholeFloat(item) || floatsWithin(item));

function wantsWhole({ type, items, anyOf = [] }: Schema): boolean {
  const parts = [...anyOf, ...(items ? [items] : [])];
  // a flag is any number
  const others = ["number", "boolean"];
  if ([{ type }, ...parts].some(({ type: other }) => others.includes(other ?? ""))) return false;
  return type === "integer" || parts.some(wantsWhole);
}
