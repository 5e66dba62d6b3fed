import type { Field, Optional, Schema } from "../fields.ts";

type Sizes = readonly number[];
type Given = number | Sizes;

const whole = (min: number): Schema => ({ type: "integer", minimum: min });
const list = (items: Schema, count: number): Schema => ({
  type: "array",
  items,
  minItems: count,
  maxItems: count,
});
const least = (min: number): string => (min === 1 ? "1 or more" : `${min} or more`);

/** One integer for each of `rank` axes; one integer stands for all of them. */
export function perAxis(rank: number, value: undefined, min?: number): Field<Sizes, Given>;
export function perAxis(rank: number, value: number, min?: number): Optional<Sizes, Given>;
export function perAxis(rank: number, value?: number, min = 1): Field<Sizes, Given> {
  const all = (one: number): Sizes => new Array<number>(rank).fill(one);
  return {
    schema: {
      anyOf: [whole(min), list(whole(min), rank)],
      description: `an integer of ${least(min)} or a list of ${rank === 1 ? "one" : `${rank} of them`}`,
    },
    read: (given) => (typeof given === "number" ? all(given) : (given as Sizes)),
    ...(value !== undefined && { default: all(value) }),
  };
}

/** What is put or cut at one axis's start and end. */
export type Ends = readonly [before: number, after: number];
type GivenEnds = number | readonly (number | readonly number[])[];

/** What is put or cut before and after an axis; one number stands for both. */
export function pair(value: number): Optional<Ends, number | Ends> {
  const { default: all, ...field } = perAxis(2, value, 0);
  return { ...(field as Field<Ends, number | Ends>), default: all as Ends };
}

/** Two numbers of 0 or more for each of two axes; one number stands for an axis's two, or for all four. */
export function pairs(value: number): Optional<readonly Ends[], GivenEnds> {
  const none = whole(0);
  const both = (one: unknown): Ends => (typeof one === "number" ? [one, one] : (one as Ends));
  return {
    schema: {
      anyOf: [none, list({ anyOf: [none, list(none, 2)] }, 2)],
      description: "an integer of 0 or more, or a list of 2, each an integer or a list of 2",
    },
    read: (given) =>
      typeof given === "number" ? [both(given), both(given)] : (given as unknown[]).map(both),
    default: [both(value), both(value)],
  };
}
