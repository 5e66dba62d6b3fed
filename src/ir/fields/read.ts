import { closest } from "../../diagnostics.ts";
import type { Field, Fields, Report } from "../fields.ts";
import { describe, fits, show } from "./schema.ts";

export type Raw = Readonly<Record<string, unknown>>;
/** A problem with one key; `what` says whether the key or its value is at fault. */
export interface KeyProblem {
  readonly key: string;
  readonly what: "unknown" | "missing" | "wrong";
  readonly expected?: string;
  readonly received?: string;
  /** What was received is the key's whole value. */
  readonly whole?: true;
  readonly hint?: string;
  /** Of an unknown key: the one that is probably meant, so that it is not missed as well. */
  readonly stands_for?: string;
}
export type KeyReport = (problem: KeyProblem) => void;
/** The keys whose values their schemas refuse. */
export type Refused = (config: Raw) => ReadonlySet<string>;

/** A config under its newest key names; unknown keys are reported and left out, those in `ignored` left out silently. */
export function renamed(fields: Fields, raw: Raw, report: KeyReport, ignored?: ReadonlySet<string>): Raw {
  const out: [string, unknown][] = [];
  const names = new Map(
    Object.entries(fields).flatMap(([key, f]) => [key, ...(f.aliases ?? [])].map((k) => [k, key])),
  );
  for (const [given, value] of Object.entries(raw)) {
    const key = names.get(given);
    if (key !== undefined) out.push([key, value]);
    else if (!ignored?.has(given))
      report({
        key: given,
        what: "unknown",
        received: show(value),
        whole: true,
        ...nearest(fields, given, names.keys()),
      });
  }
  return Object.fromEntries(out);
}

/** What a key that there is not is called today, or what it may be a slip of. */
function nearest(
  fields: Fields,
  given: string,
  names: Iterable<string>,
): Pick<KeyProblem, "hint" | "stands_for"> {
  const today = Object.keys(fields).find((key) => [fields[key].keras1 ?? []].flat().includes(given));
  if (today !== undefined) return { hint: `Keras calls it ${today} since version 2.`, stands_for: today };
  const near = closest(given, names);
  return near === undefined ? {} : { hint: `Did you mean ${near}?`, stands_for: near };
}

/** Keys whose values do not fit their field's schema. */
export const refusedBySchema =
  (fields: Fields): Refused =>
  (config) =>
    new Set(Object.keys(config).filter((key) => !fits(fields[key].schema, config[key])));

/** Every field with its canonical value; undefined where something was reported. Keys are the newest names. */
export function readFields(
  fields: Fields,
  given: Raw,
  report: KeyReport,
  refused = refusedBySchema(fields),
): Raw | undefined {
  const wrong = refused(given);
  let ok = true;
  const config = Object.entries(fields).map(([key, field]): [string, unknown] => {
    const fail = (problem: Omit<KeyProblem, "key">): undefined => {
      ok = false;
      report({ key, ...problem });
    };
    if (!Object.hasOwn(given, key))
      return [
        key,
        "default" in field ? field.default : fail({ what: "missing", expected: describe(field.schema) }),
      ];
    if (wrong.has(key)) return [key, fail({ ...refusal(field, given[key]), what: "wrong", whole: true })];
    return [key, canonical(field, given[key], (problem) => fail({ what: "wrong", ...problem }))];
  });
  return ok ? Object.fromEntries(config) : undefined;
}

const refusal = ({ schema }: Field<unknown>, value: unknown): Parameters<Report>[0] => ({
  expected: describe(schema),
  received: show(value),
});

const canonical = (field: Field<unknown>, value: unknown, report: Report): unknown =>
  field.read ? field.read(value, report) : value;
