import type { Fields } from "../fields.ts";

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A config as Keras 3 writes it, without the keys that older Keras 3 does not know and that are at their default. */
export function written(fields: Fields, config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const keys = Object.keys(fields).filter((key) => {
    const { since, terse } = fields[key];
    return !((since || terse) && same(config[key], fields[key].default));
  });
  return Object.fromEntries(keys.map((key) => [key, fields[key].write?.(config[key]) ?? config[key]]));
}
