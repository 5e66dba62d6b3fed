import { int } from "../fields.ts";
import { axisOf } from "../tensor.ts";
import { NUMPY, operation } from "./operation.ts";

const inserted = <D>(x: readonly D[], axis: number): (D | 1)[] => {
  const at = axisOf(axis, x.length + 1);
  return [...x.slice(0, at), 1, ...x.slice(at)];
};

export default operation({
  name: "ExpandDims",
  module: NUMPY,
  doc: "x with an axis of size 1 put in",
  config: { axis: int(-1) },
  input: "x",
  output(c, x, misfit) {
    const at = axisOf(c.axis, x.length + 1);
    return at > 0 && at <= x.length
      ? inserted(x, c.axis)
      : misfit("an axis after the batch", `axis ${c.axis}`);
  },
  lower: (b, c, x) => b.reshape(x, inserted(x.shape, c.axis)),
});
