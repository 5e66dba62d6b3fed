import type { LegacyFile } from "../formats/model-file.ts";
import { scheduleOf } from "../ir/fields/learning-rate.ts";
import { snakeCase } from "../ir/names.ts";
import type { chooseCounted } from "../ir/counted-optimizer.ts";
import { parseJson } from "../json-text.ts";

type Json = Readonly<Record<string, unknown>>;

const CUSTOM = "Custom>";
/** Options of older optimizers that Keras 3 does not take. */
const GONE = ["lr", "schedule_decay", "jit_compile", "is_legacy_optimizer"];
/** The losses that Keras 3 finds by name in an `.h5` file; it finds no short names, such as mse, and no function of one's own. */
const LOSSES = new Set(
  [
    "mean_squared_error mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error",
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy binary_focal_crossentropy",
    "categorical_focal_crossentropy hinge squared_hinge categorical_hinge kl_divergence cosine_similarity huber",
    "log_cosh poisson dice tversky circle ctc",
  ].flatMap((line) => line.split(" ")),
);

/**
 * Elements of the optimizer's variables after Keras 3 opened this file. It builds the optimizer of an `.h5` file for no
 * weights at all, so that there is nothing but what all weights share; without state in the file it does not build it.
 * Nor does it where it opens the file with `compile=False` alone, because it knows what was compiled no longer.
 */
export function openedOptimizer(
  file: LegacyFile,
  { def, config }: ReturnType<typeof chooseCounted>,
): number | undefined {
  const training = parseJson(file.training_config ?? "{}");
  // Lamb is none of those that it finds by name
  if (def.name === "Lamb" || file.optimizer.length === 0 || !isRecord(training) || !lossOpens(training.loss))
    return undefined;
  const said = optimizerOpens(training.optimizer_config);
  if (!said) return undefined;
  return 1 + (said === "by name" || !scheduleOf(config) ? 1 : 0) + (def.shared ? 1 : 0);
}

/** `Custom>Adam` is found by the optimizer's name, and has Keras 3's defaults. */
function optimizerOpens(said: unknown): "by name" | "as it stands" | undefined {
  if (!isRecord(said) || !isRecord(said.config) || typeof said.class_name !== "string") return undefined;
  const { class_name, config } = said;
  if (class_name.startsWith(CUSTOM)) {
    const name = class_name.slice(CUSTOM.length);
    return String(config.name).toLowerCase() === name.toLowerCase() ? "by name" : undefined;
  }
  const rate = config.learning_rate;
  const older =
    GONE.some((key) => Object.hasOwn(config, key)) || (isRecord(rate) && !Object.hasOwn(rate, "module"));
  return older ? undefined : "as it stands";
}

/** A loss, or one for every output. */
function lossOpens(loss: unknown): boolean {
  if (loss === null || loss === undefined) return true;
  if (typeof loss === "string") return LOSSES.has(snakeCase(loss));
  if (Array.isArray(loss)) return loss.every(lossOpens);
  if (!isRecord(loss)) return false;
  if (!Object.hasOwn(loss, "class_name")) return Object.values(loss).every(lossOpens);
  return isRecord(loss.config) && loss.config.reduction !== "auto" && !Object.hasOwn(loss.config, "fn");
}

const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
