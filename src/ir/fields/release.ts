import type { OlderKeras } from "../fields.ts";

/** A release of Keras 1 or 2. */
export interface Release {
  /** Orders them: 2.1.4 is 20104. */
  readonly number: number;
  /** TensorFlow's own Keras, which from 2.4 on is the only one. */
  readonly tensorflow: boolean;
}

/** The release that wrote a file; undefined where its version does not say. */
export function releaseOf({ version = "" }: OlderKeras): Release | undefined {
  const [, major, minor = "0", patch = "0", tensorflow] =
    /^(\d+)(?:\.(\d+))?(?:\.(\d+))?[^-]*(-tf)?/.exec(version) ?? [];
  if (major === undefined) return undefined;
  const number = 10000 * Number(major) + 100 * Number(minor) + Number(patch);
  return { number, tensorflow: tensorflow !== undefined || number >= 20400 };
}
