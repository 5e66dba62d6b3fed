import { flag, int, keras1, nullable, oneOf, type Optional, shape, unsupported } from "../../fields.ts";
import { defineLayer } from "../../layer.ts";

/** Types of the data that a model may be given; all of it is computed with in float32. */
const DTYPES = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "bool",
] as const;

/** An option that only says no. */
const never: Optional<false, false | null> = {
  schema: { enum: [false, null], description: "false (nothing else is supported)" },
  default: false,
  read: () => false,
};

export default defineLayer({
  name: "InputLayer",
  doc: "the input of a model",
  source: true,
  config: {
    shape: nullable(shape(), { terse: true }),
    batch_size: nullable(int(undefined, { min: 1 }), { terse: true }),
    dtype: keras1("input_dtype", {
      ...oneOf(DTYPES, "float32"),
      // TensorFlow's word for it, which Keras 3 takes and does not keep
      schema: { enum: [...DTYPES, "int"] },
      read: (value: unknown) => (value === "int" ? "int64" : value) as (typeof DTYPES)[number],
    }),
    sparse: never,
    ragged: { ...never, since: "3.9" },
    batch_shape: nullable(shape(), { aliases: ["batch_input_shape"], keras2_key: "batch_input_shape" }),
    input_tensor: unsupported(null, { terse: true }),
    optional: unsupported(false, { since: "3.13" }),
    trainable: { ...flag(true), terse: true, keyword_only: true },
  },
  complete(c, wrong) {
    if (c.batch_shape && c.shape) wrong("batch_shape", "either shape or batch_shape", "both");
    if (!c.batch_shape && !c.shape) wrong("batch_shape", "a shape or a batch_shape", "neither");
    const batch_shape = c.batch_shape ?? [c.batch_size, ...(c.shape ?? [])];
    return { ...c, shape: null, batch_size: null, batch_shape };
  },
  output: (c) => c.batch_shape!,
  lower: (_b, _c, x) => x,
});
