import { defineActivation } from "../activation.ts";

const SCALE = 1.0507009873554805;
const ALPHA = 1.6732632423543772;

export default defineActivation({
  name: "selu",
  doc: "1.0507 · x above 0, 1.0507 · 1.6733 · (exp(x) − 1) below",
  config: {},
  lower: (b, x) => b.where(b.less(x, 0), b.mul(SCALE * ALPHA, b.sub(b.exp(b.min(x, 0)), 1)), b.mul(SCALE, x)),
});
