import { operand } from "../call-arguments.ts";
import { NUMPY, operation, pairShape, truth } from "./operation.ts";

export default operation({
  name: "LogicalOr",
  module: NUMPY,
  doc: "x1 or x2",
  config: {},
  input: "x1",
  call: { x2: operand },
  dtype: "bool",
  output: (_c, x, misfit, { x2 }) => pairShape(x, x2, misfit),
  lower: (b, _c, x, _w, { args }) => b.max(truth(b, x), truth(b, args.x2)),
});
