import { ints } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape } from "../../tensor.ts";

export default defineLayer({
  name: "Permute",
  doc: "the axes in another order, counted from 1; the batch stays first",
  config: { dims: ints({ listed: true }) },
  builds: true,
  complete(c, wrong) {
    if (c.dims.some((_, k) => !c.dims.includes(k + 1)))
      wrong("dims", `each of 1 to ${c.dims.length} once`, JSON.stringify(c.dims));
    return c;
  },
  output(c, x, misfit) {
    const rank = c.dims.length + 1;
    if (x.length !== rank) misfit(`${rank} dimensions, as dims says`, `shape ${formatShape(x)}`);
    return [x[0], ...c.dims.map((k) => x[k])];
  },
  lower: (b, c, x) => b.permute(x, [0, ...c.dims]),
});
