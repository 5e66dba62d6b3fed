import type { Model } from "./model.ts";

/** What a model may do outside itself: given by whoever made it, so that this folder touches neither files nor terminals. */
export interface Platform {
  /** Takes text as it comes: lines, parts of lines, control characters only where `terminal` is true. */
  readonly write: (text: string) => void;
  /** The text goes to a terminal: the progress bar may be drawn over. */
  readonly terminal: boolean;
  /** Saves a whole model, or its weights alone where the path ends in `.weights.h5`. */
  readonly save?: (model: Model, path: string) => Promise<void>;
  /** Writes a text file, or adds to its end. */
  readonly writeText?: (path: string, text: string, append: boolean) => Promise<void>;
  /** Whether a text file exists and has a first line. */
  readonly hasText?: (path: string) => Promise<boolean>;
}

/** Text as whole lines on the console: what there is without a terminal. */
export function consolePlatform(): Platform {
  let pending = "";
  return {
    terminal: false,
    write(text) {
      const lines = (pending + text).split("\n");
      pending = lines.pop()!;
      for (const line of lines) console.log(line);
    },
  };
}
