import { int, nullable, number, type Optional, text, unsupported } from "../fields.ts";

/** A number; Keras's learning-rate schedules are refused by name where the config is read. */
export const learning_rate = (value: number): Optional<number> => number(value, { min: 0 });

/** The fields every optimizer has, in the order of Keras's arguments. */
export const common = {
  weight_decay: nullable(number(undefined, { min: 0 })),
  clipnorm: nullable(number(undefined, { min: 0 })),
  clipvalue: nullable(number(undefined, { min: 0 })),
  global_clipnorm: nullable(number(undefined, { min: 0 })),
  use_ema: unsupported(false),
  ema_momentum: number(0.99, { min: 0, max: 1 }),
  ema_overwrite_frequency: nullable(int(undefined, { min: 1 })),
  loss_scale_factor: nullable(number(undefined, { above: 0 })),
  gradient_accumulation_steps: unsupported(null),
  name: nullable(text()),
} as const;
