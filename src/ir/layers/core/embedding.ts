import { type Field, flag, int, keras1, type Optional, unsupported } from "../../fields.ts";
import { initializer } from "../../fields/initializer.ts";
import { constraint } from "../../fields/constraint.ts";
import { regularizer } from "../../fields/regularizer.ts";
import { defineLayer } from "../../layer.ts";
import { adapted, loraDraws, loraFields, merged, settledLora } from "../lora.ts";
import { notEqual } from "../masks.ts";

/** A float32 tells whole numbers apart up to here. */
const MOST_ROWS = 2 ** 24;
const rows: Field<number> = {
  schema: {
    ...{ type: "integer", minimum: 1, maximum: MOST_ROWS },
    description: `an integer from 1 to ${MOST_ROWS}, above which float32 skips numbers`,
  },
};
/** Said by Keras 1 and 2, ignored by Keras 3. */
const input_length: Optional<null, unknown> = {
  schema: { description: "anything" },
  default: null,
  read: () => null,
  terse: true,
  keyword_only: true,
};

export default defineLayer({
  name: "Embedding",
  doc: "row number x of a table, for every x; fractions are cut off, negative numbers count from the end, others give NaN",
  config: {
    input_dim: rows,
    output_dim: int(undefined, { min: 1 }),
    embeddings_initializer: keras1("init", initializer("RandomUniform")),
    embeddings_regularizer: keras1("W_regularizer", regularizer()),
    embeddings_constraint: keras1("W_constraint", constraint()),
    mask_zero: flag(false),
    weights: unsupported(null, { terse: true }),
    ...loraFields({ terse: true }),
    quantization_config: unsupported(null, { since: "3.13" }),
    input_length,
  },
  older: {
    input_shape: ({ input_length }) => [typeof input_length === "number" ? input_length : null],
    gone: {
      dropout: { nothing: 0, note: "the dropout of its rows, in training alone, is left out as in Keras 2." },
    },
  },
  supports_masking: true,
  mask_nodes: (c, { x, make }) => (c.mask_zero ? make("NotEqual", {}, x[0], 0) : undefined),
  leading_axes: () => true,
  builds: true,
  complete: (c, wrong) => settledLora(c, { constraint: "embeddings_constraint", alpha: false }, wrong),
  build_draws: (c) => loraDraws(c, "embeddings"),
  output: (c, x) => [...x, c.output_dim],
  weights(c) {
    const { whole, a, b } = adapted(c, "embeddings", {
      shape: [c.input_dim, c.output_dim],
      initializer: c.embeddings_initializer,
      regularizer: c.embeddings_regularizer,
      constraint: c.embeddings_constraint,
    });
    return { embeddings: whole, lora_embeddings_a: a, lora_embeddings_b: b };
  },
  lower(b, c, x, w) {
    const fromEnd = b.sub(c.input_dim, b.floor(b.neg(x)));
    const whole = { whole: w.embeddings, a: w.lora_embeddings_a, b: w.lora_embeddings_b };
    return b.gather(merged(b, c, whole), b.where(b.greater(x, -1), b.floor(b.max(x, 0)), fromEnd));
  },
  mask: (b, c, x) => (c.mask_zero ? notEqual(b, x, 0) : undefined),
});
