import type { Optional, Report } from "../fields.ts";
import { identify } from "./object.ts";
import { show } from "./schema.ts";

const POLICIES = new Set(["DTypePolicy", "Policy", "PolicyV1"]);

/** "float32", the policy object of that name, or null. */
function read(value: unknown, report: Report): string {
  if (value === null) return "float32";
  const said = identify(value);
  const name = said && POLICIES.has(said.name) ? said.config.name : value;
  if (name !== "float32")
    report({ expected: `"float32", the only type that computes here`, received: show(name) });
  return "float32";
}

/** The first layer of Keras 1 and 2 said of which type the data is. */
const OF_DATA = new Set<unknown>(["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "bool"]);

/** A layer's dtype policy; a plain string is what every Keras 3 reads. */
export function dtype(): Optional<string, string | object | null> {
  return {
    schema: { anyOf: [{ type: "null" }, { type: "string" }, { type: "object" }], description: `"float32"` },
    default: "float32",
    read,
    keras2: (value) => (OF_DATA.has(value) ? "float32" : value),
    keyword_only: true,
  };
}
