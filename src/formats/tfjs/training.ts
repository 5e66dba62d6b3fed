type Json = Readonly<Record<string, unknown>>;
const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

/** An optimizer as both sides know it. */
export interface Optimizer {
  readonly tfjs: string;
  readonly keras: string;
  /** Options by their names there and in Keras. */
  readonly options: readonly (readonly [tfjs: string, keras: string])[];
  /** Its slots: how names end there, and what Keras calls them. */
  readonly slots: readonly (readonly [tfjs: string, keras: string])[];
}

const RATE = ["learningRate", "learning_rate"] as const;
const EPSILON = ["epsilon", "epsilon"] as const;
const BETAS = [["beta1", "beta_1"] as const, ["beta2", "beta_2"] as const];

/** The optimizers of TensorFlow.js. */
export const OPTIMIZERS: readonly Optimizer[] = [
  { tfjs: "SGD", keras: "SGD", options: [RATE], slots: [] },
  {
    tfjs: "Momentum",
    keras: "SGD",
    options: [RATE, ["momentum", "momentum"], ["useNesterov", "nesterov"]],
    slots: [["momentum", "momentum"]],
  },
  {
    tfjs: "Adam",
    keras: "Adam",
    options: [RATE, ...BETAS, EPSILON],
    slots: [
      ["m", "momentum"],
      ["v", "velocity"],
    ],
  },
  {
    tfjs: "RMSProp",
    keras: "RMSprop",
    options: [RATE, ["decay", "rho"], ["momentum", "momentum"], EPSILON, ["centered", "centered"]],
    slots: [
      ["rms", "velocity"],
      ["momentum", "momentum"],
      ["mg", "average_gradient"],
    ],
  },
  {
    tfjs: "Adagrad",
    keras: "Adagrad",
    options: [RATE, ["initialAccumulatorValue", "initial_accumulator_value"]],
    slots: [["accumulator", "accumulator"]],
  },
  {
    tfjs: "Adadelta",
    keras: "Adadelta",
    options: [RATE, ["rho", "rho"], EPSILON],
    slots: [
      ["accum_grad", "accumulated_grad"],
      ["accum_var", "accumulated_delta_var"],
    ],
  },
  // TensorFlow.js cannot save what it remembers
  { tfjs: "Adamax", keras: "Adamax", options: [RATE, ...BETAS, EPSILON], slots: [] },
];

/** Names of losses and metrics that Keras 3 has under others. */
const RENAMED: ReadonlyMap<string, string> = new Map([
  ["cosine_proximity", "cosine_similarity"],
  ["cosine", "cosine_similarity"],
  ["logcosh", "log_cosh"],
]);

/** The `trainingConfig` of a file that TensorFlow.js saved, as Keras's `training_config`. */
export function kerasTraining(training: Json): Json {
  const { optimizer_config, loss, metrics } = training;
  return {
    optimizer_config: kerasOptimizer(optimizer_config),
    loss: renamed(loss),
    metrics: renamed(metrics),
  };
}

function renamed(nest: unknown): unknown {
  if (typeof nest === "string") return RENAMED.get(nest) ?? nest;
  if (Array.isArray(nest)) return nest.map(renamed);
  return isRecord(nest)
    ? Object.fromEntries(Object.entries(nest).map(([key, part]) => [key, renamed(part)]))
    : nest;
}

/** An optimizer that only one side knows stays as it is, to be refused by its name. */
function kerasOptimizer(optimizer: unknown): unknown {
  if (!isRecord(optimizer)) return optimizer;
  const config = isRecord(optimizer.config) ? optimizer.config : {};
  const known = OPTIMIZERS.find(({ tfjs }) => tfjs === optimizer.class_name);
  if (!known) return optimizer;
  const options = Object.entries(config).map(([key, value]) => {
    const [, keras] = known.options.find((names) => names.includes(key)) ?? [key, key];
    return [keras, value] as const;
  });
  // TensorFlow.js lets the learning rate of Adamax fall; none at all is what nobody says
  const said = options.filter(([key, value]) => value !== null && !(key === "decay" && value === 0));
  return { class_name: known.keras, config: Object.fromEntries(said) };
}

/** The losses of TensorFlow.js that compute what Keras's of the same name do. */
const LOSSES: ReadonlySet<string> = new Set([
  "mean_squared_error",
  "mean_absolute_error",
  "mean_absolute_percentage_error",
  "mean_squared_logarithmic_error",
  "squared_hinge",
  "hinge",
  "categorical_hinge",
  "categorical_crossentropy",
  "sparse_categorical_crossentropy",
  "binary_crossentropy",
  "poisson",
]);
/** Short names that both sides know. */
const SHORT: ReadonlyMap<string, string> = new Map([
  ["mse", "mean_squared_error"],
  ["mae", "mean_absolute_error"],
  ["mape", "mean_absolute_percentage_error"],
  ["msle", "mean_squared_logarithmic_error"],
]);
const METRICS: ReadonlySet<string> = new Set([
  "accuracy",
  "acc",
  "mse",
  "mae",
  "mape",
  "binary_accuracy",
  "categorical_accuracy",
]);

const snake = (name: string): string => name.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase();

/** The name of a loss in a `trainingConfig`; undefined where TensorFlow.js lacks it or an option of it. */
export function tfjsLoss(id: unknown): string | undefined {
  const name = typeof id === "string" ? (SHORT.get(id.toLowerCase()) ?? id) : plainName(id);
  return name !== undefined && LOSSES.has(name) ? name : undefined;
}

/** The name of a metric in a `trainingConfig`; undefined where TensorFlow.js cannot load it. */
export const tfjsMetric = (id: unknown): string | undefined =>
  typeof id === "string" && METRICS.has(id) ? id : undefined;

/** The name of a loss object all of whose options are as usual. */
function plainName(id: unknown): string | undefined {
  if (!isRecord(id) || typeof id.class_name !== "string") return undefined;
  const config = isRecord(id.config) ? id.config : {};
  const usual = Object.entries(config).every(
    ([key, value]) =>
      key === "name" ||
      (key === "axis" && value === -1) ||
      (key === "reduction" && ["sum_over_batch_size", "auto"].includes(String(value))) ||
      [null, false, 0].includes(value instanceof Number ? value.valueOf() : (value as null)),
  );
  return usual ? snake(id.class_name) : undefined;
}
