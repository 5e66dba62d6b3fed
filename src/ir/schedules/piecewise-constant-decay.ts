import type { Field } from "../fields.ts";
import type { Node } from "../graph.ts";
import { defineSchedule } from "../schedule.ts";
import { name } from "./common.ts";

const list: Field<readonly number[]> = {
  schema: { type: "array", items: { type: "number" }, minItems: 1, description: "a list of numbers" },
};

export default defineSchedule({
  name: "PiecewiseConstantDecay",
  doc: "values[k] up to the step boundaries[k], the last one from there on",
  config: { boundaries: list, values: list, name: name("PiecewiseConstant") },
  misfit: ({ boundaries, values }) =>
    values.length === boundaries.length + 1
      ? undefined
      : `one value more than the ${boundaries.length} boundaries`,
  rate: (b, { boundaries, values }, step) =>
    boundaries.reduceRight(
      (later: Node, boundary, k) => b.where(b.greater(step, boundary), later, values[k]),
      b.const(values[boundaries.length]),
    ),
});
