import { needed, tensor } from "../../call-arguments.ts";
import { flag, int, ints, nullable, number, unsupported } from "../../fields.ts";
import { initializer } from "../../fields/initializer.ts";
import { constraint } from "../../fields/constraint.ts";
import { regularizer } from "../../fields/regularizer.ts";
import type { Einsum, Node } from "../../graph.ts";
import { defineLayer } from "../../layer.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { attend, spread } from "./attend.ts";
import { attentionMask } from "./attention-mask.ts";
import { attentionAxes, equations } from "./equations.ts";
import { intoHeads, outOfHeads } from "./projections.ts";

const size = { min: 1 };

interface Axes {
  readonly attention_axes: readonly number[] | null;
  readonly dropout: number;
}
/** Keras 3 has one kernel for inputs of three dimensions, without dropout and scores. */
export const inOneKernel = ({ dropout }: Pick<Axes, "dropout">, rank: number, scores: boolean): boolean =>
  rank === 3 && dropout === 0 && !scores;

/** What is attended over: in that kernel the middle dimension, whatever the axes say. */
const axesOf = (c: Axes, rank: number, scores: boolean): readonly number[] =>
  inOneKernel(c, rank, scores) ? [1] : attentionAxes(c.attention_axes, rank);

export default defineLayer({
  name: "MultiHeadAttention",
  doc: "softmax(q · k / √key_dim) · v in every head, with q, k, v projected from query, key, value; then all heads projected",
  config: {
    num_heads: int(undefined, size),
    key_dim: int(undefined, size),
    value_dim: nullable(int(undefined, size)),
    dropout: number(0, { min: 0, max: 1 }),
    use_bias: flag(true),
    output_shape: nullable(ints(size)),
    attention_axes: nullable(ints()),
    sliding_window: nullable(int(undefined, size), { since: "3.15" }),
    flash_attention: unsupported(null, { terse: true }),
    kernel_initializer: initializer("GlorotUniform"),
    bias_initializer: initializer("Zeros"),
    kernel_regularizer: regularizer(),
    bias_regularizer: regularizer(),
    activity_regularizer: { ...regularizer(), keyword_only: true },
    kernel_constraint: constraint(),
    bias_constraint: constraint(),
    use_gate: flag(false, { since: "3.14" }),
    seed: nullable(int(), { since: "3.4" }),
  },
  ignored: ["query_shape", "key_shape", "value_shape", "softmax_robust_masking"],
  input: "query",
  call: {
    value: needed,
    key: tensor,
    query_mask: tensor,
    value_mask: tensor,
    key_mask: tensor,
    attention_mask: tensor,
    return_attention_scores: flag(false),
    use_causal_mask: flag(false),
  },
  outputs: (_c, { return_attention_scores }) => (return_attention_scores ? 2 : 1),
  supports_masking: true,
  strips_masks: true,
  passes_regularizer: true,
  trains_parts: true,
  builds: true,
  older: { masks_since: { heeds: 21000, hands_on: 21000 } },
  keras2_config: (_c, { query_shape, value_shape, key_shape = value_shape }) => ({
    query_shape,
    value_shape,
    key_shape,
  }),
  hides_parts: true,
  new_arguments: ["query_mask", "value_mask", "key_mask"],
  complete: (c) => ({
    ...c,
    value_dim: c.value_dim ?? c.key_dim,
    // without any size it is that of the query
    output_shape: c.output_shape?.length ? c.output_shape : null,
  }),
  unnamed: () => ["Softmax", "Dropout"],
  seed: (c) => (c.dropout > 0 ? c.seed : undefined),
  build_draws: (c) => [
    "query/kernel",
    "key/kernel",
    ...(c.use_gate ? ["gate/kernel"] : []),
    "value/kernel",
    ...(c.dropout > 0 && c.seed === null ? ["seed"] : []),
    "attention_output/kernel",
  ],
  gives_tuple: true,
  // the scores are said to be of the query with itself
  reports: (c, [y, ...scores], [x]) => [y, ...scores.map(() => [x[0], c.num_heads, x[1], x[1]])],
  output(c, x, misfit, { value, key = value, return_attention_scores }) {
    const received = [x, value, key].map(formatShape).join(", ");
    if (x.length < 3 || value.length !== x.length || key.length !== x.length)
      misfit("query, value and key of one rank, 3 or more", received);
    if (`${value.slice(1, -1)}` !== `${key.slice(1, -1)}`)
      misfit("value and key that differ in their last dimension only", received);
    const axes = axesOf(c, x.length, return_attention_scores);
    const fit = axes.length > 0 && axes.every((k) => k > 0 && k < x.length - 1);
    if (!fit || new Set(axes).size < axes.length)
      misfit(`attention_axes from 1 to ${x.length - 2}`, c.attention_axes!.join(", ") || "none");
    const rest = x.slice(0, -1).flatMap((d, k) => (axes.includes(k) ? [] : [d]));
    if (`${rest}` !== `${value.slice(0, -1).filter((_, k) => !axes.includes(k))}`)
      misfit("query and value of the same sizes along all other axes", received);
    const out = [...x.slice(0, -1), ...(c.output_shape ?? [x.at(-1)!])];
    const of = (shape: Shape): Shape => axes.map((k) => shape[k]);
    return return_attention_scores ? [out, [...rest, c.num_heads, ...of(x), ...of(value)]] : out;
  },
  weights(c, x, { value, key = value }) {
    const depth = c.value_dim!;
    const q = intoHeads(c, "query_dense", x, c.key_dim);
    const k = intoHeads(c, "key_dense", key, c.key_dim);
    const gate = c.use_gate ? intoHeads(c, "_gate_dense", x, depth) : undefined;
    const v = intoHeads(c, "value_dense", value, depth);
    const out = outOfHeads(c, "output_dense", depth, c.output_shape ?? [x.at(-1)!]);
    return {
      "query/kernel": q.kernel,
      "query/bias": q.bias,
      "key/kernel": k.kernel,
      "key/bias": k.bias,
      "gate/kernel": gate?.kernel,
      "gate/bias": gate?.bias,
      "value/kernel": v.kernel,
      "value/bias": v.bias,
      "attention_output/kernel": out.kernel,
      "attention_output/bias": out.bias,
    };
  },
  lower(b, c, query, w, { args, masks, seed, penalise, older }) {
    const { value, key = value, return_attention_scores } = args;
    const axes = axesOf(c, query.shape.length, return_attention_scores);
    const e = equations(query.shape.length, axes, (c.output_shape ?? [0]).length);
    const affine = (x: Node, kernel: Node, bias: Node | undefined, equation: Einsum): Node => {
      const y = b.einsum(x, kernel, equation);
      return bias ? b.add(y, bias) : y;
    };
    const given = (y: Node): Node => {
      if (c.activity_regularizer) penalise(c.activity_regularizer, y);
      return y;
    };
    const project = (x: Node, kernel: Node, bias: Node | undefined): Node =>
      given(affine(x, kernel, bias, e.project));
    const q = project(query, w["query/kernel"], w["query/bias"]);
    const k = project(key, w["key/kernel"], w["key/bias"]);
    const v = project(value, w["value/kernel"], w["value/bias"]);
    const mask = attentionMask(b, c, query, value, { ...args, query_mask: masks[0] }, older);
    const zeroes = !older && !inOneKernel(c, query.shape.length, return_attention_scores);
    const { output, scores } = attend(
      b,
      { q, k, v, mask, scale: 1 / Math.sqrt(c.key_dim), zeroes, older, dropout: c.dropout, seed },
      e,
      axes,
    );
    const gated = w["gate/kernel"]
      ? b.mul(output, given(b.sigmoid(affine(query, w["gate/kernel"], w["gate/bias"], e.project))))
      : output;
    const out = given(affine(gated, w["attention_output/kernel"], w["attention_output/bias"], e.output));
    return return_attention_scores ? [out, scores] : out;
  },
  mask_nodes: (_c, { masks }) => masks[0],
  mask(b, c, query, mask, { args, older }) {
    if (!args.return_attention_scores) return mask;
    const seen = attentionMask(b, c, query, args.value, { ...args, query_mask: mask }, older);
    const axes = attentionAxes(c.attention_axes, query.shape.length).length;
    return [mask, seen && spread(b, seen, query.shape.length + axes, 2 * axes)];
  },
});
