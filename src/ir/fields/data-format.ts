import type { OlderKeras, Optional, Report } from "../fields.ts";
import { word } from "./word.ts";

export type DataFormat = "channels_last" | "channels_first";

/** Keras 1's names: of TensorFlow's order and of Theano's. */
const ORDERINGS: ReadonlyMap<unknown, DataFormat> = new Map([
  ["tf", "channels_last"],
  ["th", "channels_first"],
]);

/** Where the channels stand. Null and absence both mean Keras's global setting, which is channels_last. */
export function dataFormat(): Optional<DataFormat, DataFormat | null> {
  const { schema, read, ...rest } = word(["channels_last", "channels_first"], "channels_last");
  return {
    ...rest,
    schema: { anyOf: [{ type: "null" }, schema], description: schema.description! },
    read: (given: unknown, report: Report) => (given === null ? "channels_last" : read!(given, report)),
    keras1: "dim_ordering",
    keras2: (value) => (value === "default" ? null : (ORDERINGS.get(value) ?? value)),
  };
}

/** The same of a layer that Keras 1 did not let say it: its order is that of the layers that do. */
export const unsaidFormat = (): Optional<DataFormat, DataFormat | null> => ({
  ...dataFormat(),
  keras2_default: ({ data_format }: OlderKeras) => data_format,
});
