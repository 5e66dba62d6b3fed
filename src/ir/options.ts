import { checkKeys, type Diagnostic, ModelError } from "../diagnostics.ts";
import { describe, fits, type Schema, show } from "./fields/schema.ts";

/** What each option of a function takes. */
export type OptionSchemas<O> = { readonly [K in keyof Required<O>]: Schema };

export const anything: Schema = {};
export const flag: Schema = { type: "boolean" };
export const text: Schema = { type: "string" };
export const number: Schema = { type: "number" };
export const record: Schema = { type: "object" };
export const oneOf = (...values: readonly (string | number)[]): Schema => ({
  enum: values,
  description: values.map(show).join(" or "),
});
/** A whole number of `minimum` or more. */
export const whole = (minimum: number): Schema => ({ type: "integer", minimum });
export const orNull = (schema: Schema): Schema => ({ anyOf: [{ type: "null" }, schema] });
/** Python's seeds. */
export const seed: Schema = {
  type: "integer",
  minimum: 0,
  maximum: Number.MAX_SAFE_INTEGER,
  description: "a whole number from 0",
};

/** Refuses options that are unknown or do not fit, all at once; those that are undefined count as left out. */
export function checkOptions<O extends object>(owner: string, options: O, schemas: OptionSchemas<O>): void {
  checkKeys(owner, options, Object.keys(schemas));
  const problems = Object.entries<Schema>(schemas).flatMap(([key, schema]): Diagnostic[] => {
    const value = options[key as keyof O];
    if (value === undefined || fits(schema, value)) return [];
    const message = `The option ${key} of ${owner} does not fit.`;
    return [{ code: "bad-option", message, expected: describe(schema), received: show(value) }];
  });
  if (problems.length) throw new ModelError(problems);
}
