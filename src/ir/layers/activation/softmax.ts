import softmax from "../../activations/softmax.ts";
import { unsupported } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";

export default defineLayer({
  name: "Softmax",
  doc: "exp(x) / Σ exp(x) along the axis or axes",
  config: { ...softmax.config, robust_masking: unsupported(false, { terse: true, keyword_only: true }) },
  supports_masking: true,
  output: (c, x, misfit) => softmax.output!(c, x, misfit),
  lower: (b, c, x) => softmax.lower(b, x, c),
});
