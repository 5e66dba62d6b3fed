import { ModelError } from "../../diagnostics.ts";
import { number, oneOf, type OptionSchemas, text } from "../../ir/options.ts";
import type { Watched } from "./callback.ts";

export interface MonitorOptions {
  /** The name in the logs to go by. */
  readonly monitor?: string;
  readonly mode?: "auto" | "min" | "max";
  readonly min_delta?: number;
}

export const MONITOR: OptionSchemas<MonitorOptions> = {
  monitor: text,
  mode: oneOf("auto", "min", "max"),
  min_delta: number,
};

/** Options that are undefined count as left out. */
export function withDefaults<D extends object, O extends object>(defaults: D, options: O): D & O {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return { ...defaults, ...(Object.fromEntries(given) as O) };
}

/** Whether `value` is better than `best` by more than the least change; anything is better than nothing. */
export type Better = (value: number, best: number | undefined) => boolean;

/** Keras's rule: `auto` goes by the metric's own direction, and refuses where it has none. */
export function better(callback: string, options: Required<MonitorOptions>, model: Watched): Better {
  const { monitor, mode } = options;
  const delta = Math.abs(options.min_delta);
  const direction =
    mode === "max" ? "up" : mode === "min" ? "down" : model.directionOf(monitor.replace(/^val_/, ""));
  if (direction === undefined) {
    throw new ModelError({
      code: "monitor-direction",
      message: `${callback} cannot tell whether ${monitor} should grow or fall.`,
      hint: 'Give it mode: "min" or mode: "max".',
    });
  }
  return (value, best) =>
    best === undefined || (direction === "up" ? value - delta > best : value + delta < best);
}

/** The watched value of an epoch; where it is missing a warning says what there is. */
export function monitored(
  callback: string,
  monitor: string,
  logs: Readonly<Record<string, number>>,
  write: (text: string) => void,
): number | undefined {
  if (Object.hasOwn(logs, monitor)) return logs[monitor];
  write(
    `${callback} watches ${monitor}, which is not available. Available are: ${Object.keys(logs).join(",")}\n`,
  );
  return undefined;
}
