import type { Builder } from "../../builder.ts";
import { number } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import { defineLayer } from "../../layer.ts";
import { notEqual } from "../masks.ts";

/** Where a step has anything but the masked value, of shape [n, …, 1]. */
const some = (b: Builder, x: Node, value: number): Node =>
  b.max_of(notEqual(b, x, value), [x.shape.length - 1]);

export default defineLayer({
  name: "Masking",
  doc: "steps where every feature is mask_value become 0 and are masked",
  config: { mask_value: number(0) },
  supports_masking: true,
  mask_nodes: (c, { x, make }) => make("Any", { axis: -1 }, make("NotEqual", {}, x[0], c.mask_value)),
  output: (_c, x, misfit) => (x.length < 2 ? misfit("2 dimensions or more", `${x.length}`) : x),
  lower: (b, c, x) => b.where(some(b, x, c.mask_value), x, 0),
  mask: (b, c, x) => b.reshape(some(b, x, c.mask_value), x.shape.slice(0, -1)),
});
