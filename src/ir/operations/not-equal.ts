import { operand } from "../call-arguments.ts";
import { notEqual } from "../layers/masks.ts";
import { NUMPY, operation, pairShape } from "./operation.ts";

export default operation({
  name: "NotEqual",
  module: NUMPY,
  doc: "x1 ≠ x2",
  config: {},
  input: "x1",
  call: { x2: operand },
  dtype: "bool",
  output: (_c, x, misfit, { x2 }) => pairShape(x, x2, misfit),
  lower: (b, _c, x, _w, { args }) => notEqual(b, x, args.x2),
});
