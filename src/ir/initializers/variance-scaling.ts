import { number, oneOf, type Optional } from "../fields.ts";
import { show } from "../fields/schema.ts";
import { defineInitializer, seed } from "../initializer.ts";
import { type Distribution, drawVariance, fanAxes } from "./variance.ts";

const DISTRIBUTIONS: readonly Distribution[] = ["uniform", "truncated_normal", "untruncated_normal"];

/** In any case; "normal" is the truncated one, as Keras has it. */
const distribution: Optional<Distribution> = {
  schema: { type: "string", description: `one of ${DISTRIBUTIONS.map(show).join(", ")}` },
  default: "truncated_normal",
  read(value, report) {
    const word = String(value).toLowerCase();
    const found = DISTRIBUTIONS.find((d) => d === (word === "normal" ? "truncated_normal" : word));
    if (!found) report({ expected: `one of ${DISTRIBUTIONS.map(show).join(", ")}`, received: show(value) });
    return found ?? "truncated_normal";
  },
};

export default defineInitializer({
  name: "VarianceScaling",
  aliases: ["variance_scaling"],
  doc: "variance scale / fan, of a chosen fan and distribution",
  config: {
    scale: number(1, { above: 0 }),
    mode: oneOf(["fan_in", "fan_out", "fan_avg"], "fan_in"),
    distribution,
    seed,
    ...fanAxes,
  },
  random: true,
  draw: drawVariance,
});
