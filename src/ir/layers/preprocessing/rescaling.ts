import { numbers } from "../../fields.ts";
import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import { defineLayer, type Misfit } from "../../layer.ts";
import { formatShape, type Shape } from "../../tensor.ts";

type Factor = number | readonly number[];

/** A number, or a list along the last axis. */
function factor(b: Builder, value: Factor): Node | number {
  if (typeof value === "number") return value;
  const parts = value.map((v) => b.reshape(b.const(v), [1]));
  return b.concat(parts, 0);
}

function check(value: Factor, x: Shape, misfit: Misfit): void {
  if (typeof value === "number" || value.length === 1 || x.at(-1) === value.length) return;
  misfit(`a last axis of ${value.length}, as scale or offset has`, `shape ${formatShape(x)}`);
}

export default defineLayer({
  name: "Rescaling",
  doc: "x · scale + offset",
  config: { scale: numbers(), offset: numbers(0) },
  supports_masking: true,
  // Keras 2 never did
  older: { masks_since: { heeds: 0, hands_on: Infinity } },
  builds: true,
  output(c, x, misfit) {
    check(c.scale, x, misfit);
    check(c.offset, x, misfit);
    return x;
  },
  lower: (b, c, x) => b.add(b.mul(x, factor(b, c.scale)), factor(b, c.offset)),
});
