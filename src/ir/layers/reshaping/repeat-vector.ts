import { int } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape } from "../../tensor.ts";

export default defineLayer({
  name: "RepeatVector",
  doc: "every sample n times, along a new axis after the batch",
  config: { n: int(undefined, { min: 1 }) },
  builds: true,
  output(c, x, misfit) {
    if (x.length !== 2) misfit("2 dimensions, the batch first", `shape ${formatShape(x)}`);
    return [x[0], c.n, x[1]];
  },
  lower(b, c, x) {
    const [batch, size] = x.shape;
    return b.expand(b.reshape(x, [batch, 1, size]), [batch, c.n, size]);
  },
});
