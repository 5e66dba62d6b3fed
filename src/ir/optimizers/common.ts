import { flag, int, nullable, number, type Optional, text, unsupported } from "../fields.ts";

/** What Keras 2 knows since 2.11 only. */
const later = { keras2_terse: true } as const;

/** What keeps a divisor from 0; None was Keras's own number until Keras 3. */
export const epsilon: Optional<number> = {
  schema: { anyOf: [{ type: "number" }, { type: "null" }], description: "a number" },
  default: 1e-7,
  read: (value) => (value === null ? 1e-7 : (value as number)),
};

/** The fields every optimizer has but its decay of weights, in the order of Keras's arguments. */
export const withoutDecay = {
  clipnorm: nullable(number(), later),
  clipvalue: nullable(number(), later),
  global_clipnorm: nullable(number(), later),
  use_ema: unsupported(false, later),
  ema_momentum: number(0.99, { min: 0, max: 1, ...later }),
  ema_overwrite_frequency: nullable(int(undefined, { min: 1 }), later),
  loss_scale_factor: nullable(number(undefined, { above: 0 }), { keras2_key: null }),
  gradient_accumulation_steps: unsupported(null, {
    keras2_key: null,
    at_once: {
      anyOf: [{ enum: [null, 0, false] }, { type: "number", minimum: 2 }],
      description: "an integer of 2 or more",
    },
  }),
  name: nullable(text(), { at_once: true }),
  is_legacy_optimizer: nullable(flag(false), { legacy: true, keyword_only: true }),
} as const;

/** The fields every optimizer has, in the order of Keras's arguments. */
export const common = {
  weight_decay: nullable(number(undefined, { min: 0 }), later),
  ...withoutDecay,
} as const;
