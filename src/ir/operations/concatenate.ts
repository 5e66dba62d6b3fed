import { int } from "../fields.ts";
import { defineMerge } from "../layer.ts";
import concatenate from "../layers/merging/concatenate.ts";
import { NUMPY } from "./operation.ts";

export default defineMerge({
  name: "Concatenate",
  module: NUMPY,
  doc: "the inputs one after the other along the axis",
  arity: "many",
  config: { axis: int(0) },
  input: "xs",
  output: (c, xs, misfit) => concatenate.output(c, xs, misfit, {}),
  lower: (b, c, xs, _w, extra) => concatenate.lower(b, c, xs, {}, extra),
});
