import { operand } from "../call-arguments.ts";
import { NUMPY, operation, pairShape, truth } from "./operation.ts";

export default operation({
  name: "LogicalAnd",
  module: NUMPY,
  doc: "x1 and x2",
  config: {},
  input: "x1",
  call: { x2: operand },
  dtype: "bool",
  output: (_c, x, misfit, { x2 }) => pairShape(x, x2, misfit),
  lower: (b, _c, x, _w, { args }) => b.mul(truth(b, x), truth(b, args.x2)),
});
