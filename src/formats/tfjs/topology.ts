import { type Layer, leaves, type Model } from "../../ir/model.ts";
import { axisOf } from "../../ir/tensor.ts";
import { modelInside } from "./inside.ts";
import { innerName } from "./names.ts";

type Json = Readonly<Record<string, unknown>>;
const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);

/** A model as Keras 2 says it, with what TensorFlow.js says otherwise. `ir` is the same model. */
export function tfjsTopology(model: Json, ir: Model): Json {
  const config = model.config as Json;
  const said = config.layers as readonly Json[];
  const known = new Map(ir.layers.map((layer) => [layer.name, layer]));
  const own = said.map((layer) => layerOf(layer, known.get(nameOf(layer))));
  const layers = model.class_name === "Sequential" ? withInput(own, ir) : own;
  // the name that TensorFlow.js of all versions knows
  const class_name = model.class_name === "Functional" ? "Model" : model.class_name;
  return { ...model, class_name, config: { ...config, layers } };
}

/** The first layer of a Sequential says what it is called on, where no InputLayer does: so in a TimeDistributed. */
function withInput([first, ...rest]: readonly Json[], ir: Model): Json[] {
  const says = first.class_name === "InputLayer" || Array.isArray((first.config as Json).layers);
  const batch_input_shape = leaves(ir.inputs)[0].shape;
  return [says ? first : { ...first, config: { ...(first.config as Json), batch_input_shape } }, ...rest];
}

const nameOf = ({ config }: Json): string => (config as { readonly name: string }).name;

/** An entry of the layers, or a layer in a wrapper, which has no `ir` of its own. */
function layerOf(layer: Json, ir?: Layer): Json {
  const { class_name, config, inbound_nodes } = layer;
  const nodes = Array.isArray(inbound_nodes) && { inbound_nodes: inbound_nodes.map(nodeOf) };
  if (ir?.model) return { ...tfjsTopology(layer, ir.model), ...nodes };
  const rule = RULES.get(String(class_name));
  const own = rule ? rule(config as Json, ir) : (config as Json);
  return { ...layer, config: plain(own), ...nodes };
}

/** Initial states follow the input of a recurrent layer. */
function nodeOf(node: unknown): unknown {
  const leaves = node as readonly (readonly [string, number, number, Json])[];
  const states = leaves[0]?.[3]?.initial_state;
  if (!Array.isArray(states)) return node;
  const listed = Array.isArray(states[0]) ? states : [states];
  const bare = ([layer, call, tensor]: readonly unknown[]): unknown => [layer, call, tensor, {}];
  return [...leaves, ...(listed as readonly (readonly unknown[])[])].map(bare);
}

const INTEGERS: ReadonlySet<unknown> = new Set(["int8", "int16", "int64", "uint8", "uint16", "uint32"]);
const FLOATS: ReadonlySet<unknown> = new Set(["float16", "bfloat16", "float64"]);
const NAMES: ReadonlyMap<unknown, string> = new Map([["silu", "swish"]]);

type Rule = (config: Json, ir: Layer | undefined) => Json;
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  [
    "InputLayer",
    ({ dtype, ...config }) => ({
      ...config,
      dtype: INTEGERS.has(dtype) ? "int32" : FLOATS.has(dtype) ? "float32" : dtype,
    }),
  ],
  [
    // of axes that count from the end it knows the last one alone
    "Concatenate",
    ({ axis, ...config }, ir) => {
      const shape = ir?.calls[0] && leaves(ir.calls[0].inputs)[0].shape;
      return { ...config, axis: shape ? axisOf(axis as number, shape.length) : axis };
    },
  ],
  [
    "TimeDistributed",
    ({ layer, ...config }, ir) => {
      const model = ir && modelInside(ir);
      return { ...config, layer: model ? tfjsTopology(layer as Json, model) : layerOf(layer as Json) };
    },
  ],
  [
    // its second layer is always the first one turned round
    "Bidirectional",
    ({ layer, backward_layer: _, ...config }) => {
      const inner = layerOf(layer as Json);
      const own = inner.config as Json & { readonly name: string };
      return { ...config, layer: { ...inner, config: { ...own, name: innerName(own) } } };
    },
  ],
]);

/** Activations and regularizers under the names that TensorFlow.js knows, everything of plain types. */
function plain(config: Json): Json {
  const entries = Object.entries(config).map(([key, value]): [string, unknown] => {
    if (key === "dtype") return [key, typeof value === "string" ? value : "float32"];
    if (key.endsWith("activation")) return [key, NAMES.get(value) ?? value];
    if (key.endsWith("_regularizer")) return [key, regularizer(value)];
    if (key.endsWith("_initializer")) return [key, initializer(value)];
    return [key, value];
  });
  return Object.fromEntries(entries);
}

function regularizer(value: unknown): unknown {
  if (!isRecord(value) || !isRecord(value.config)) return value;
  const { l1 = 0, l2 = 0 } = value.config;
  return { class_name: "L1L2", config: { l1, l2 } };
}

/** Weights are there already: an initializer that TensorFlow.js does not know is never asked. */
function initializer(value: unknown): unknown {
  if (!isRecord(value) || !isRecord(value.config)) return value;
  const { class_name, config } = value;
  if (config.distribution !== "untruncated_normal") return { class_name, config };
  return { class_name, config: { ...config, distribution: "normal" } };
}
