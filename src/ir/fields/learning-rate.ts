import { ModelError } from "../../diagnostics.ts";
import type { Builder } from "../builder.ts";
import type { KerasObject } from "../config.ts";
import type { Optional } from "../fields.ts";
import type { Node } from "../graph.ts";
import type { ScheduleDef } from "../schedule.ts";
import { schedules } from "../schedules/index.ts";
import { tableOf } from "../table.ts";
import { readObject } from "./object.ts";
import { isRecord } from "./schema.ts";
import { writtenObject } from "./write.ts";

/** A rate that stays, or a schedule. */
export type LearningRate = number | KerasObject;

/** Schedules by name. */
export const scheduleTable: ReadonlyMap<string, ScheduleDef> = tableOf(
  schedules as readonly unknown[] as readonly ScheduleDef[],
);

const RATE = "a number of 0 or more or a learning-rate schedule";

/** Python's module of schedules. */
export const SCHEDULES = "keras.optimizers.schedules";

/** A learning rate: a number, or the object of a schedule. */
export function learning_rate<V extends number>(value: V): Optional<LearningRate> & { readonly default: V } {
  return {
    schema: { anyOf: [{ type: "number", minimum: 0 }, { type: "object" }], description: RATE },
    default: value,
    at_once: { anyOf: [{ type: "number" }, { type: "object" }], description: RATE },
    float: true,
    read(given, report) {
      if (!isRecord(given)) return given as number;
      const object = readObject(scheduleTable, "a learning-rate schedule", given, report);
      const misfit = object && scheduleTable.get(object.class_name)!.misfit?.(object.config);
      if (misfit !== undefined) report({ expected: misfit, received: object!.class_name });
      return object ?? value;
    },
    write: (rate, keras) =>
      typeof rate === "number"
        ? rate
        : writtenObject(SCHEDULES, rate, scheduleTable.get(rate.class_name)!.config, keras),
  };
}

/** The schedule of an optimizer's config; undefined where the rate stays as it is set. */
export function scheduleOf({ learning_rate: rate }: Readonly<Record<string, unknown>>): Chosen | undefined {
  if (!isRecord(rate)) return undefined;
  const { class_name, config } = rate as unknown as KerasObject;
  return { def: scheduleTable.get(class_name)!, config };
}
interface Chosen {
  readonly def: ScheduleDef;
  readonly config: KerasObject["config"];
}

/** The rate that a schedule has after so many steps. */
export const scheduledRate = (b: Builder, { def, config }: Chosen, step: Node): Node =>
  def.rate(b, config, step);

/** Whoever was given a schedule cannot be given a rate: Keras refuses it likewise. */
export const notSettable = (schedule: Chosen): ModelError =>
  new ModelError({
    code: "bad-option",
    message: "The optimizer was given a learning-rate schedule: its learning rate cannot be set.",
    expected: "a number as learning_rate when the model is compiled",
    received: schedule.def.name,
  });
