type Json = Readonly<Record<string, unknown>>;
const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

/** Shapes of the weights in a file by name: what some configs of TensorFlow.js leave unsaid. */
export type Shapes = ReadonlyMap<string, readonly number[]>;
type Rule = (config: Json, shapes: Shapes) => Json;

/**
 * A model that TensorFlow.js saved, in the words of Keras 2, so that it means what TensorFlow.js computes. The levels
 * of a document were counted when it was parsed.
 */
export function kerasDialect(model: Json, shapes: Shapes): Json {
  const { config } = model;
  const listed = Array.isArray(config) ? { layers: config } : config;
  if (!isRecord(listed) || !Array.isArray(listed.layers)) return model;
  const layers = listed.layers.map((layer: unknown) => (isRecord(layer) ? layerOf(layer, shapes) : layer));
  return { ...model, config: { ...listed, layers } };
}

function layerOf(layer: Json, shapes: Shapes): Json {
  const { class_name, config } = layer;
  if (isModel(layer)) return kerasDialect(layer, shapes);
  if (!isRecord(config)) return layer;
  const rule = RULES.get(String(class_name)) ?? same;
  return { ...layer, config: given(rule(config, shapes)) };
}

const isModel = ({ class_name }: Json): boolean =>
  ["Sequential", "Model", "Functional"].includes(String(class_name));

/** TensorFlow.js says null of what nobody said; both mean the default, but for the merge mode of a Bidirectional. */
const given = (config: Json): Json =>
  Object.fromEntries(
    Object.entries(config)
      .filter(([key, value]) => value !== null || key === "merge_mode")
      .map(([key, value]) => [key, key.endsWith("_initializer") ? initializer(value) : value]),
  );

/** Its first releases said null of every word in an initializer. */
const initializer = (value: unknown): unknown =>
  isRecord(value) && isRecord(value.config) ? { ...value, config: given(value.config) } : value;

const same: Rule = (config) => config;
const without =
  (key: string): Rule =>
  ({ [key]: _, ...config }) =>
    config;
/** A layer in a wrapper. */
const wrapped: Rule = (config, shapes) =>
  isRecord(config.layer) ? { ...config, layer: layerOf(config.layer, shapes) } : config;

/** What single classes say otherwise than Keras 2. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ["Bidirectional", wrapped],
  ["TimeDistributed", wrapped],
  ["SpatialDropout1D", without("noise_shape")],
  // nothing is added to the forget gate's first bias unless somebody asked for it
  ["LSTM", (config) => ({ ...config, unit_forget_bias: config.unit_forget_bias ?? false })],
  ["Reshape", (config) => ({ ...config, target_shape: unknownsAs(-1, config.target_shape) })],
  // its windows are never spread, whatever it was told; as its constraint it saves its regularizer
  ["DepthwiseConv2D", ({ depthwise_constraint: _, ...config }) => ({ ...config, dilation_rate: [1, 1] })],
  [
    "SeparableConv2D",
    (config, shapes) => {
      const depth_multiplier = shapes.get(`${String(config.name)}/depthwise_kernel`)?.at(-1);
      return depth_multiplier === undefined ? config : { ...config, depth_multiplier };
    },
  ],
]);

const unknownsAs = (size: number, shape: unknown): unknown =>
  Array.isArray(shape) ? shape.map((d: unknown) => d ?? size) : shape;
