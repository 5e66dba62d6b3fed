import type { Foreign } from "../../ir/tensorflow/functions.ts";

type Config = Readonly<Record<string, unknown>>;

/** A call of a foreign function in the words of its operation, or what is wrong with it. */
export type Settled =
  | { readonly config: Config; readonly args: readonly unknown[] }
  | { readonly wrong: string; readonly received?: unknown };

/** Sizes of parts as the indices between them; the last may be open. */
function indices(sizes: unknown): unknown {
  if (!Array.isArray(sizes) || !sizes.every(Number.isSafeInteger)) return sizes;
  let at = 0;
  return (sizes as number[]).slice(0, -1).map((size) => (at += size < 0 ? NaN : size));
}

/** What TensorFlow says in other values, by the operation. */
const CHANGES: Readonly<Record<string, (config: Config) => Config>> = {
  Split: (c) => ({ ...c, indices_or_sections: indices(c.indices_or_sections) }),
  Pad: (c) => (typeof c.mode === "string" ? { ...c, mode: c.mode.toLowerCase() } : c),
  // TensorFlow bounds the sum of squares, Keras its root
  Normalize: (c) => ({ ...c, axis: alone(c.axis), epsilon: Math.sqrt(c.epsilon as number) }),
};

/** A list of one for what Keras takes alone. */
const alone = (value: unknown): unknown => (Array.isArray(value) && value.length === 1 ? value[0] : value);

const isWhole = (type: unknown): boolean => typeof type === "string" && type.startsWith("int");
const means = (value: unknown, nothing: unknown): boolean =>
  value === nothing || (isWhole(value) && isWhole(nothing));

/** Gives the arguments of a function, by its own names, to the operation; those that are null were not given. */
export function settle(
  { operation, names, idle, defaults }: Foreign,
  given: ReadonlyMap<string, unknown>,
): Settled {
  const values: Record<string, unknown> = { ...defaults };
  for (const [key, value] of given) {
    if (value === null || value === undefined || key === "name") continue;
    if (!names.has(key)) return { wrong: `the argument ${key}`, received: value };
    const ours = names.get(key);
    if (ours !== undefined) values[ours] = value;
    else if (idle.has(key) && !means(value, idle.get(key)))
      return { wrong: `another ${key} than ${String(idle.get(key))}`, received: value };
  }
  const called = Object.keys(operation.call ?? {});
  const config = Object.fromEntries(Object.entries(values).filter(([key]) => !called.includes(key)));
  const change = Object.hasOwn(CHANGES, operation.name) ? CHANGES[operation.name] : undefined;
  return { config: change?.(config) ?? config, args: called.map((key) => values[key] ?? null) };
}
