import type { MetricDef } from "../metric.ts";
import { meanOf } from "./common.ts";
import loss from "../losses/binary-crossentropy.ts";

const { axis: _axis, ...config } = meanOf(loss).config;

/** The only crossentropy whose metric, unlike its loss, takes no axis: it is the last one. */
const binaryCrossentropy: MetricDef<typeof config> = {
  ...meanOf(loss),
  config,
  misfit: (c, y, p) => loss.misfit({ ...c, axis: -1 }, y, p),
  value: (b, c, ...rest) => loss.value(b, { ...c, axis: -1 }, ...rest),
};
export default binaryCrossentropy;
