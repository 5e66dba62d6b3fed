import { ModelError } from "../../diagnostics.ts";
import { show } from "../../ir/fields/schema.ts";
import { checkOptions, flag, text } from "../../ir/options.ts";
import { compareText } from "../programs.ts";
import { pythonFloat } from "../python-text.ts";
import type { BuiltIn, World } from "./callback.ts";

export interface CSVLoggerOptions {
  readonly filename: string;
  readonly separator?: string;
  readonly append?: boolean;
}

function check(options: CSVLoggerOptions): void {
  checkOptions("CSVLogger", options, { filename: text, separator: text, append: flag });
  if (!options.filename) {
    const message = "CSVLogger needs a filename.";
    throw new ModelError({
      code: "bad-option",
      message,
      expected: "a path",
      received: show(options.filename),
    });
  }
}

/** Writes the logs of every epoch to a CSV file, columns sorted (Keras 3.15 `CSVLogger`). */
export function CSVLogger(options: CSVLoggerOptions): BuiltIn {
  check(options);
  const { filename, separator = ",", append = false } = options;
  let world: World | undefined;
  let keys: string[] | undefined;
  let header = true;
  const write = async (text: string, more: boolean): Promise<void> => {
    if (!world?.writeText) {
      const message = "CSVLogger has no file system to write to here.";
      throw new ModelError({ code: "no-paths", message, received: filename });
    }
    await world.writeText(filename, text, more);
  };
  const quoted = (text: string): string =>
    /["\r\n]/.test(text) || text.includes(separator) ? `"${text.replaceAll('"', '""')}"` : text;
  const row = (cells: readonly string[]): string => `${cells.map(quoted).join(separator)}\r\n`;
  return {
    enter: (given) => void (world = given),
    async on_train_begin() {
      keys = undefined;
      header = !(append && (await world?.hasText?.(filename)));
      if (!append) await write("", false);
    },
    async on_epoch_end(epoch, logs = {}) {
      if (!keys) {
        keys = Object.keys(logs).sort(compareText);
        if (keys.length && !keys.some((key) => key.startsWith("val_")))
          keys.push(...keys.map((key) => `val_${key}`));
        if (header) await write(row(["epoch", ...keys]), true);
      }
      const cells = keys.map((key) => (Object.hasOwn(logs, key) ? pythonFloat(logs[key]) : "NA"));
      await write(row([String(epoch), ...cells]), true);
    },
  };
}
