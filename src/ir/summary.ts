import type { Model } from "./model.ts";
import { legacySummary } from "./summary/legacy.ts";
import { checkOptions, type SummaryOptions } from "./summary/options.ts";
import { richSummary } from "./summary/rich.ts";
import { parseVersion, since } from "./summary/version.ts";

export type { SummaryOptions } from "./summary/options.ts";
export { countsOptimizer } from "./summary/version.ts";
export { summaryData, type SummaryData } from "./summary/data.ts";

/**
 * The text of `model.summary()` in one version of Keras, character for character, each line ended by `\n`. Throws
 * a ModelError where that version would refuse the options or the model.
 */
export function summarize(model: Model, options: SummaryOptions = {}): string {
  checkOptions(options);
  const version = parseVersion(options.keras ?? "3");
  const style = since(version, 3) ? richSummary : legacySummary;
  return style(model, options, version)
    .map((line) => `${line}\n`)
    .join("");
}
