import softmax from "../../activations/softmax.ts";
import { tensor } from "../../call-arguments.ts";
import { unsupported } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";
import { axisOf } from "../../tensor.ts";
import { maskedSoftmax, maskFits } from "../masks.ts";

export default defineLayer({
  name: "Softmax",
  doc: "exp(x) / Σ exp(x) along the axis or axes",
  config: { ...softmax.config, robust_masking: unsupported(false, { terse: true, keyword_only: true }) },
  call: { mask: tensor },
  supports_masking: true,
  older: { masks_since: { heeds: 20400 } },
  output: (c, x, misfit) => softmax.output!(c, x, misfit),
  lower(b, c, x, _w, { args, older }) {
    if (!args.mask) return softmax.lower(b, x, c);
    const axes = [c.axis].flat().map((k) => axisOf(k, x.shape.length));
    const given = maskFits(args.mask, x);
    if (older) return maskedSoftmax(b, x, given, axes, { older });
    const mask = b.greater(given, 0.5);
    return b.where(mask, maskedSoftmax(b, x, mask, axes, {}), 0);
  },
});
