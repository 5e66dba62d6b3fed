import type { OlderKeras } from "./fields.ts";
import { releaseOf } from "./fields/release.ts";

/**
 * Whether the rules are those of Keras before its optimizers were written anew; a config that does not say goes by the
 * release. Keras 2.3 reads `iterations` in a race with its own update of it, so that the same program may use t or
 * t + 1 (run on TensorFlow 1.15 and 2.1); here it is t, which is what its formulas say.
 */
export function isLegacy(
  { is_legacy_optimizer: said }: Readonly<Record<string, unknown>>,
  older: OlderKeras | undefined,
): boolean {
  if (typeof said === "boolean") return said;
  return older !== undefined && (releaseOf(older)?.number ?? 0) < 21100;
}

/** Whether the rows of a table that were not looked up could stay as they were: in TensorFlow's own Keras. */
export const rowsAlone = (older: OlderKeras | undefined): boolean =>
  older === undefined || releaseOf(older)?.tensorflow === true;
