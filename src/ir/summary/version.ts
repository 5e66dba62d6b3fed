import { ModelError } from "../../diagnostics.ts";

/** A Keras version. Parts that were left out count as the latest there was: "2.2" is 2.2.5, "2" is 2.15. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
}

/** Reads "3", "2.15", "v2.2.4", "2.9.0". Throws where Keras never had such a version. */
export function parseVersion(text: string): Version {
  const parts = /^v?([1-3])(?:\.(\d{1,2}|x)(?:\.(\d{1,2}|x))?)?$/.exec(text.trim());
  if (!parts || (parts[1] === "2" && Number(parts[2]) > 21)) {
    throw new ModelError({
      code: "unknown-keras-version",
      message: "There is no summary in the style of this Keras version.",
      expected: 'a version from 1 to 3, such as "3", "2.15", "2.9", "2.6" or "1.2"',
      received: JSON.stringify(text),
    });
  }
  return { major: Number(parts[1]), minor: part(parts[2]), patch: part(parts[3]) };
}

const part = (digits: string | undefined): number =>
  digits === undefined || digits === "x" ? Infinity : Number(digits);

/** Whether `version` is `major.minor.patch` or later. */
export function since(version: Version, major: number, minor = 0, patch = 0): boolean {
  if (version.major !== major) return version.major > major;
  if (version.minor !== minor) return version.minor > minor;
  return version.patch >= patch;
}

/** Whether the summary of this Keras counts the optimizer's variables. */
export const countsOptimizer = (keras = "3"): boolean => since(parseVersion(keras), 3);
