import { nullable, text } from "../fields.ts";
import { filled } from "../layers/masks.ts";
import { NUMPY, operation } from "./operation.ts";

export default operation({
  name: "ZerosLike",
  module: NUMPY,
  doc: "zeros in the shape of x",
  config: { dtype: nullable(text()) },
  input: "x",
  output: (_c, x) => x,
  lower: (b, _c, x) => filled(b, 0, x.shape),
});
