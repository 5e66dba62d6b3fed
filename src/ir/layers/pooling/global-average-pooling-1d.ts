import { tensor } from "../../call-arguments.ts";
import { defineLayer } from "../../layer.ts";
import { lifted } from "../masks.ts";
import { foldAll, globalFields, wholeShape } from "./global.ts";

export default defineLayer({
  name: "GlobalAveragePooling1D",
  doc: "the mean along the steps, of those that are not masked",
  aliases: ["GlobalAvgPool1D"],
  config: globalFields,
  call: { mask: tensor },
  supports_masking: true,
  output: (c, x, misfit) => wholeShape(c, 1, x, misfit),
  lower(b, c, x, _w, { args, older }) {
    const mask = args.mask && lifted(b, args.mask, c.data_format === "channels_last" ? 2 : 1);
    if (!mask) return foldAll(b, c, x, (all, axes) => b.mean(all, axes));
    // where all is masked, both give 0 / 0; Keras 2 has gradients of that
    const left = older ? b.mul(x, mask) : b.where(mask, x, 0);
    return foldAll(b, c, left, (all, axes) => b.div(b.sum(all, axes), b.sum(mask, axes)));
  },
  mask: () => undefined,
});
