import { chooseLoss, chooseMetric } from "../../ir/catalogues.ts";
import type { Generation } from "../../ir/fields.ts";
import type { LossDef } from "../../ir/loss.ts";
import type { MetricDef } from "../../ir/metric.ts";
import type { Chosen } from "../../ir/objects.ts";
import { arraysOf } from "../content.ts";
import { functionName } from "../function-name.ts";
import { trainedMetrics } from "../keras2-metrics.ts";
import { pythonJson } from "../python-json.ts";
import { defineWriter } from "../writer.ts";

/** The whole-model HDF5 file of all Keras generations. */
export const h5 = defineWriter({
  name: "h5",
  endings: [".h5", ".hdf5"],
  keras: ["3", "2"],
  weights: true,
  async write(content) {
    const { writeLegacyH5 } = await import("../../formats/legacy-h5.ts");
    const settings = content.compile_config("h5");
    const { keras, model } = content;
    const compile = settings && (keras === "3" ? spelledOut(settings) : trainedMetrics(settings, model));
    const config = pythonJson(await content.architecture("h5"));
    const training_config = compile && pythonJson(trainingConfig(compile, content.keras));
    return writeLegacyH5(
      { ...arraysOf(content), config, ...(training_config && { training_config }) },
      content.spawn,
    );
  },
});

type Settings = Readonly<Record<string, unknown>>;

/** Keras 3 does not find losses and metrics of an `.h5` file by their short names. */
const spelledOut = (settings: Settings): Settings => ({
  ...settings,
  loss: fullNames(settings.loss, chooseLoss),
  metrics: fullNames(settings.metrics, chooseMetric),
  weighted_metrics: fullNames(settings.weighted_metrics, chooseMetric),
});

/** Names that depend on the model's outputs: Keras takes them as they are. */
const RESOLVED_LATER = new Set(["accuracy", "acc", "crossentropy", "ce"]);

function fullNames(nest: unknown, choose: (id: unknown) => Chosen<LossDef | MetricDef>): unknown {
  if (typeof nest === "string") return RESOLVED_LATER.has(nest) ? nest : functionName(nest, choose);
  if (Array.isArray(nest)) return nest.map((part) => fullNames(part, choose));
  if (typeof nest !== "object" || nest === null || "class_name" in nest) return nest;
  return Object.fromEntries(Object.entries(nest).map(([key, part]) => [key, fullNames(part, choose)]));
}

/** Optimizers that tf.keras finds by the name alone that they are registered under, AdamW until tf-keras 2.16. */
const REGISTERED = new Set<unknown>(["AdamW", "Lion", "Adafactor"]);

/** What `.h5` files keep of `compile`: the optimizer under another name, its class without its module. */
function trainingConfig({ optimizer, ...config }: Settings, keras: Generation): object {
  if (typeof optimizer !== "object" || optimizer === null) return config;
  const { class_name, config: options } = optimizer as { class_name: string; config: unknown };
  const found = keras === "2" && REGISTERED.has(class_name) ? `Custom>${class_name}` : class_name;
  return { ...config, optimizer_config: { class_name: found, config: options } };
}
