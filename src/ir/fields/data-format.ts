import type { Optional, Report } from "../fields.ts";
import { word } from "./word.ts";

export type DataFormat = "channels_last" | "channels_first";

/** Where the channels stand. Null and absence both mean Keras's global setting, which is channels_last. */
export function dataFormat(): Optional<DataFormat, DataFormat | null> {
  const { schema, read, ...rest } = word(["channels_last", "channels_first"], "channels_last");
  return {
    ...rest,
    schema: { anyOf: [{ type: "null" }, schema], description: schema.description! },
    read: (given: unknown, report: Report) => (given === null ? "channels_last" : read!(given, report)),
  };
}
