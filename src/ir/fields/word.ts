import type { Optional, Report } from "../fields.ts";
import { show } from "./schema.ts";

/** One of a few words, in capitals or not. */
export function word<const T extends string>(words: readonly T[], value: T): Optional<T> {
  const description = `one of ${words.map(show).join(", ")}`;
  const read = (given: unknown, report: Report): T => {
    const known = words.find((one) => one === (given as string).toLowerCase());
    if (known === undefined) report({ expected: description, received: show(given) });
    return known ?? value;
  };
  return { schema: { type: "string", description }, default: value, read };
}
