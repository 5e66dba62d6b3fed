import type { Generation } from "../../ir/fields.ts";
import { snakeCase } from "../../ir/names.ts";

/** Keras's per-class counters, as a fresh Python has them. */
export interface Counter {
  readonly keras: Generation;
  /** Whether an object of the class made now gets this name by itself; if so, it is made. */
  gives(className: string, name: string): boolean;
  /** The name that an object of the class would get. */
  next(className: string): string;
  /** An object is made and named by Keras, whatever it is called. */
  skip(className: string): void;
  /** The same counters, which go on by themselves. */
  copy(): Counter;
}

/** Keras 2 counts inputs from 1 and says "model" for what Keras 3 calls "functional". */
const KERAS2: Readonly<Record<string, string>> = { Functional: "model", InputLayer: "input" };

export const freshCounter = (keras: Generation): Counter => counterFrom(keras, new Map());

function counterFrom(keras: Generation, counts: Map<string, number>): Counter {
  const prefix = (className: string): string =>
    keras === "2" && Object.hasOwn(KERAS2, className) ? KERAS2[className] : snakeCase(className);
  const named = (className: string): string => {
    const word = prefix(className);
    const count = (counts.get(word) ?? 0) + (word === "input" ? 1 : 0);
    return count === 0 ? word : `${word}_${count}`;
  };
  const skip = (className: string): void =>
    void counts.set(prefix(className), (counts.get(prefix(className)) ?? 0) + 1);
  return {
    keras,
    copy: () => counterFrom(keras, new Map(counts)),
    next: named,
    skip,
    gives(className, name) {
      if (named(className) !== name) return false;
      skip(className);
      return true;
    },
  };
}
