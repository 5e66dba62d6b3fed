import type { KeyProblem } from "../../ir/fields/read.ts";
import { olderLayer } from "../../ir/fields/keras2.ts";
import { layerTable } from "../../ir/layers/index.ts";
import type { OlderKeras } from "../../ir/fields.ts";
import { KERAS1_LAYERS } from "./keras1-names.gen.ts";
import { type KerasName, lookUp } from "./names.ts";
import type { World } from "./world.ts";

/** Under which names today's Keras has what is no layer. */
const RENAMED: Readonly<Record<string, string>> = {
  "keras.regularizers.l1l2": "l1_l2",
  "keras.regularizers.activity_l1": "l1",
  "keras.regularizers.activity_l2": "l2",
  "keras.regularizers.activity_l1l2": "l1_l2",
  "keras.regularizers.WeightRegularizer": "l1_l2",
  "keras.regularizers.ActivityRegularizer": "l1_l2",
  "keras.constraints.maxnorm": "max_norm",
  "keras.constraints.nonneg": "non_neg",
  "keras.constraints.unitnorm": "unit_norm",
};
/** `merge(inputs, mode=…)` is `Merge(mode=…)(inputs)`. */
const MERGE: KerasName = {
  module: "keras.layers",
  name: "merge",
  kind: "function",
  args: ["inputs", "mode", "concat_axis", "dot_axes", "output_shape", "output_mask", "arguments", "name"],
  keyword_only: [],
};

/** Whether a snippet is read as Keras 1 runs it. */
export const isKeras1 = ({ library: { version } }: World): boolean => version?.startsWith("1") === true;

const WORD = /^(\*|\w+)(?:=(.*))?$/;
const words = (name: string): readonly (readonly [string, string | undefined])[] =>
  KERAS1_LAYERS[name]
    .split(" ")
    .slice(1)
    .map((word) => {
      const [, key, value] = WORD.exec(word)!;
      return [key, value] as const;
    });

/** The arguments of a layer of Keras 1. */
export const argumentsOfKeras1 = (name: string): readonly string[] => words(name).map(([key]) => key);

/** What only Keras 1 has, or has otherwise; undefined where it is as today. */
export function ofKeras1(module: string, name: string): KerasName | undefined {
  const other = Object.hasOwn(RENAMED, `${module}.${name}`) ? RENAMED[`${module}.${name}`] : undefined;
  if (other !== undefined) return lookUp(module, other);
  if (module !== "keras.layers") return undefined;
  if (name === "merge") return MERGE;
  if (!Object.hasOwn(KERAS1_LAYERS, name)) return undefined;
  const [own] = KERAS1_LAYERS[name].split(" ");
  const keys = argumentsOfKeras1(own);
  const star = keys.indexOf("*");
  return { module, name: own, kind: "class", args: keys.slice(0, star), keyword_only: keys.slice(star + 1) };
}

export const isOfKeras1 = ({ name }: KerasName): boolean => Object.hasOwn(KERAS1_LAYERS, name);

/** What today's layer and its config are; `said` holds the options in the words of Keras 1. */
export function todaysLayer(
  name: string,
  said: Readonly<Record<string, unknown>>,
  older: OlderKeras,
  report: (problem: KeyProblem) => unknown,
): { readonly class_name: string; readonly config: Readonly<Record<string, unknown>> } {
  const unsaid = words(name).flatMap(([key, value]): [string, unknown][] =>
    value === undefined || OF_CONSTRUCTOR.has(key) ? [] : [[key, JSON.parse(value)]],
  );
  const config = { ...Object.fromEntries(unsaid), ...said };
  if (config.dim_ordering === "default") config.dim_ordering = "tf";
  return olderLayer({ class_name: name, config }, layerTable, older, { report });
}
/** Arguments that no config says. */
const OF_CONSTRUCTOR = new Set(["weights", "layers", "node_indices", "tensor_indices", "name"]);
