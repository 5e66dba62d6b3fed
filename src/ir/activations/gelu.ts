import { defineActivation } from "../activation.ts";
import { flag } from "../fields.ts";

export default defineActivation({
  name: "gelu",
  doc: "x · Φ(x), Φ the normal distribution function; by tanh where approximate",
  config: { approximate: flag(false) },
  lower(b, x, c) {
    if (!c.approximate) return b.mul(b.mul(0.5, x), b.add(1, b.erf(b.div(x, Math.SQRT2))));
    const inner = b.add(x, b.mul(0.044715, b.powi(x, 3)));
    return b.mul(b.mul(0.5, x), b.add(1, b.tanh(b.mul(Math.sqrt(2 / Math.PI), inner))));
  },
});
