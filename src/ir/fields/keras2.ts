import type { Fields } from "../fields.ts";
import type { KeyReport, Raw } from "./read.ts";
import { describe } from "./schema.ts";

/**
 * A config of Keras 1 or 2 in the words of Keras 3: what means something else there is said otherwise, what went
 * without saying is said. `version` is the Keras that wrote it, where that is known.
 */
export function meantByKeras2(
  fields: Fields,
  config: Raw,
  version: string | undefined,
  report: KeyReport,
): Raw {
  const entries = Object.entries(fields).map(
    ([key, field]) => ({ key, field, names: [key, ...(field.aliases ?? [])] }) as const,
  );
  const named = new Map(entries.flatMap(({ field, names }) => names.map((name) => [name, field] as const)));
  const said = Object.entries(config).map(([key, value]): [string, unknown] => {
    const field = named.get(key);
    if (!field?.keras2) return [key, value];
    return [key, field.keras2(value, version, (problem) => report({ key, what: "wrong", ...problem }))];
  });
  const unsaid = entries.flatMap(({ key, field, names }): [string, unknown][] => {
    if (!field.keras2_default || names.some((name) => Object.hasOwn(config, name))) return [];
    const value = field.keras2_default(version);
    if (value !== undefined) return [[key, value]];
    const hint = `Versions of Keras differ in what they mean without it; this file is of ${version ?? "an unknown one"}.`;
    report({ key, what: "missing", expected: describe(field.schema), hint });
    return [];
  });
  return Object.fromEntries([...said, ...unsaid]);
}
