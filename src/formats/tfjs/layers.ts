import { show } from "../../ir/fields/schema.ts";
import type { Layer } from "../../ir/model.ts";
import { axisOf, type Shape } from "../../ir/tensor.ts";

/** A layer and the shapes of what it is called on. */
export interface Asked {
  readonly layer: Layer;
  readonly shapes: readonly Shape[];
}

/** What TensorFlow.js cannot do of a layer. */
export interface Fault {
  readonly key: string;
  readonly expected: string;
  readonly received: string;
  /** It computes, but other numbers, in all its backends. */
  readonly strays?: true;
}
type Rule = (asked: Asked) => Fault | undefined;

/** An option that is supported at some values alone. */
const only =
  (key: string, ...values: readonly (string | number | boolean | null)[]): Rule =>
  ({ layer: { config } }) =>
    [config[key]].flat().every((value) => value === undefined || values.includes(value as null))
      ? undefined
      : { key, expected: values.map(show).join(" or "), received: show(config[key]) };

/** An input with so many dimensions, the batch among them. */
const rank =
  (least: number, most: number): Rule =>
  ({ shapes }) =>
    shapes.every(({ length }) => length >= least && length <= most)
      ? undefined
      : {
          key: "input",
          expected: `${least === most ? least : `${least} ${most === Infinity ? "or more" : `to ${most}`}`} dimensions`,
          received: shapes.map(({ length }) => length).join(", "),
        };

const lastAxis: Rule = ({ layer: { config }, shapes: [x] }) =>
  axisOf(config.axis as number, x.length) === x.length - 1
    ? undefined
    : { key: "axis", expected: "the last one", received: show(config.axis) };

/** Several axes are computed; a single one must be the last. */
const softmaxAxis: Rule = ({ layer: { config }, shapes: [x] }) => {
  const axes = [config.axis].flat() as readonly number[];
  if (axes.length > 1 || axisOf(axes[0], x.length) === x.length - 1) return undefined;
  return { key: "axis", expected: "the last one, or several", received: show(config.axis) };
};

const risingAxes: Rule = ({ layer: { config }, shapes: [x] }) => {
  const axes = ([config.axis].flat() as readonly number[]).map((axis) => axisOf(axis, x.length));
  if (axes.every((axis, k) => axis > 0 && (k === 0 || axis > axes[k - 1]))) return undefined;
  return { key: "axis", expected: "axes in rising order", received: show(config.axis) };
};

/** It would add the bias, and take a softmax, along another axis. */
const separableFormat: Rule = ({ layer: { config } }) => {
  const alike = !config.use_bias && !["softmax", "log_softmax"].includes(String(config.activation));
  if (config.data_format === "channels_last" || alike) return undefined;
  return {
    key: "data_format",
    expected: '"channels_last"',
    received: show(config.data_format),
    strays: true,
  };
};

const interpolation: Rule = (asked) => {
  const fault = only("interpolation", "nearest")(asked);
  return fault && { ...fault, strays: true };
};

/** It makes the backward layer of the forward one. */
const oneLayer: Rule = ({ layer: { config } }) => {
  const [forward, backward] = [config.layer, config.backward_layer].map((inner) => {
    const { name: _, go_backwards: __, seed: ___, ...options } = (inner as Inner).config;
    return JSON.stringify([(inner as Inner).class_name, options]);
  });
  if (forward === backward) return undefined;
  return { key: "backward_layer", expected: "the layer itself, turned round", received: "another layer" };
};

interface Inner {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** What holds of the layer inside, on one step or on the whole. */
const inside =
  (steps: boolean, classes: (name: string) => boolean): Rule =>
  ({ layer, shapes: [x] }) => {
    const { class_name, config } = layer.config.layer as Inner;
    const expected = "a layer that TensorFlow.js can hold there";
    if (!classes(class_name)) return { key: "layer", expected, received: class_name };
    // the layers of a model are looked at one by one
    if (["Functional", "Sequential"].includes(class_name)) return undefined;
    const shape = steps ? [x[0], ...x.slice(2)] : x;
    const fault = faultsOf({ layer: { ...layer, class_name, config }, shapes: [shape] })[0];
    return fault && { ...fault, key: `layer's ${fault.key}` };
  };

const lastChannels = only("data_format", "channels_last");
const noDims = only("keepdims", false);
const RECURRENT: ReadonlySet<string> = new Set(["SimpleRNN", "LSTM", "GRU"]);

/** Whether a layer runs over steps, in one direction or in both. */
export const isRecurrent = ({ class_name }: Pick<Layer, "class_name">): boolean =>
  RECURRENT.has(class_name) || class_name === "Bidirectional";

/** The layers that TensorFlow.js has, and what of them it does not compute as Keras does. */
const LAYERS: ReadonlyMap<string, readonly Rule[]> = new Map<string, readonly Rule[]>([
  ["InputLayer", []],
  ["Activation", []],
  ["Add", []],
  ["AlphaDropout", []],
  ["Average", []],
  ["AveragePooling1D", [lastChannels]],
  ["AveragePooling2D", []],
  ["BatchNormalization", [rank(2, 4), lastAxis]],
  ["Bidirectional", [oneLayer, inside(false, (name) => RECURRENT.has(name))]],
  ["Concatenate", []],
  ["Conv1D", [only("padding", "valid", "same"), lastChannels, only("groups", 1)]],
  ["Conv2D", [only("groups", 1)]],
  ["Conv2DTranspose", [only("dilation_rate", 1), only("output_padding", null), only("groups", 1)]],
  ["Cropping2D", []],
  ["Dense", []],
  ["DepthwiseConv2D", [only("dilation_rate", 1)]],
  ["Dot", [rank(2, 3), only("normalize", false)]],
  ["Dropout", []],
  ["ELU", [only("alpha", 1)]],
  ["Embedding", []],
  ["Flatten", [rank(3, Infinity)]],
  ["GRU", [only("reset_after", false), rank(3, 3)]],
  ["GaussianDropout", []],
  ["GaussianNoise", []],
  ["GlobalAveragePooling1D", [lastChannels, noDims]],
  ["GlobalAveragePooling2D", [noDims]],
  ["GlobalMaxPooling1D", [lastChannels, noDims]],
  ["GlobalMaxPooling2D", [noDims]],
  ["LSTM", [rank(3, 3)]],
  ["LayerNormalization", [rank(2, 4), risingAxes, only("rms_scaling", false)]],
  ["LeakyReLU", []],
  ["Masking", []],
  ["MaxPooling1D", [lastChannels]],
  ["MaxPooling2D", []],
  ["Maximum", []],
  ["Minimum", []],
  ["Multiply", []],
  ["PReLU", []],
  ["Permute", []],
  ["ReLU", [only("negative_slope", 0), only("threshold", 0)]],
  ["RepeatVector", []],
  ["Rescaling", []],
  ["Reshape", []],
  ["SeparableConv2D", [separableFormat]],
  ["SimpleRNN", [rank(3, 3)]],
  ["Softmax", [softmaxAxis]],
  ["SpatialDropout1D", []],
  ["ThresholdedReLU", []],
  ["TimeDistributed", [inside(true, (name) => !["Bidirectional", "Masking"].includes(name))]],
  ["UpSampling2D", [interpolation]],
  ["ZeroPadding2D", []],
]);

/** By our names: those of Keras 2 for functions that Keras 3 has otherwise. */
const ACTIVATIONS: ReadonlySet<unknown> = new Set([
  ...["elu", "gelu", "hard_sigmoid_keras2", "linear", "log_softmax", "mish", "relu", "relu6", "selu"],
  ...["sigmoid", "silu", "softmax", "softplus", "softsign", "tanh"],
]);

const general: readonly Rule[] = [
  ...["activation", "recurrent_activation"].map((key): Rule => ({ layer: { config } }) => {
    if (!Object.hasOwn(config, key) || ACTIVATIONS.has(config[key])) return undefined;
    return { key, expected: "an activation that TensorFlow.js has", received: show(config[key]) };
  }),
  only("activity_regularizer", null),
];

/** Whether TensorFlow.js has a layer of this class. */
export const isKnown = (class_name: string): boolean => LAYERS.has(class_name);

/** What TensorFlow.js cannot do of one call of a layer that it has. */
export const faultsOf = (asked: Asked): Fault[] =>
  [...general, ...(LAYERS.get(asked.layer.class_name) ?? [lacking])].flatMap((rule) => rule(asked) ?? []);

const lacking: Rule = ({ layer }) => ({
  key: "class",
  expected: "a layer that TensorFlow.js has",
  received: layer.class_name,
});
