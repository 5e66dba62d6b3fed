import { common, EPSILON, from_logits, label_smoothing } from "./common.ts";
import { equalMisfit } from "./labels.ts";
import { addsEpsilon, logitsOf } from "./logits.ts";
import { int, type OlderKeras } from "../fields.ts";
import type { Builder } from "../builder.ts";
import type { Node } from "../graph.ts";
import { axisOf, defineLoss } from "../loss.ts";
import { meanOver } from "../reduction.ts";

/** −(y·log p + (1 − y)·log(1 − p)) of one element; from logits x: softplus(x) − x·y. */
function crossentropy(
  b: Builder,
  y: Node,
  p: Node,
  logits: Node | undefined,
  older: OlderKeras | undefined,
): Node {
  if (logits) return b.sub(b.softplus(logits), b.mul(logits, y));
  const q = b.clip(p, EPSILON, 1 - EPSILON);
  const more = addsEpsilon(older) ? EPSILON : 0;
  // TensorFlow's graphs make 1 − q + ε one subtraction
  const [is, not] = [more ? b.add(q, more) : q, b.sub(1 + more, q)];
  return b.neg(b.add(b.mul(y, b.log(is)), b.mul(b.sub(1, y), b.log(not))));
}

/** Mean over `axis` of the crossentropy between two probabilities. */
export default defineLoss({
  name: "BinaryCrossentropy",
  function: "binary_crossentropy",
  aliases: ["bce", "BCE"],
  doc: "mean(−(y·log p + (1 − y)·log(1 − p)))",
  config: { from_logits, label_smoothing, axis: int(-1), ...common("binary_crossentropy") },
  misfit: (_c, y, p) => equalMisfit(y, p),
  value(b, c, y, p, older) {
    const s = c.label_smoothing;
    const target = s ? b.add(b.mul(y, 1 - s), 0.5 * s) : y;
    const logits = logitsOf(b, p, c, "sigmoid", older);
    return { values: meanOver(b, crossentropy(b, target, p, logits, older), [axisOf(c.axis, p.shape)]) };
  },
});
