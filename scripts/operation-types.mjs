// The types of `ops`: every function of keras.ops with its operands and options.
import { operations } from "../src/ir/operations/index.ts";

const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
const TAKES = { operands: "readonly Operand[]" };

const operand = ([key, argument]) => {
  const mark = argument.takes && !argument.required ? "?" : "";
  return `${key}${mark}: ${argument.takes ? (TAKES[argument.takes] ?? "Operand") : "Index"}`;
};
const option = ([key, field]) =>
  `${key}${"default" in field && !field.aliases ? "?" : field.aliases ? "?" : ""}: Option`;

function signature(operation) {
  const operands = Object.entries(operation.call ?? {}).map(operand);
  const fields = Object.entries(operation.config).flatMap(([key, field]) =>
    [key, ...(field.aliases ?? [])].map((name) => [name, field]),
  );
  const needed = fields.some(([, field]) => !("default" in field));
  const optional = operands.some((one) => /^\w+\?/.test(one));
  const options = fields.length
    ? [`options${needed && !optional ? "" : "?"}: { ${fields.map(option).join("; ")} }`]
    : [];
  return `(${[...operands, ...options].join(", ")}) => ${operation.outputs ? "readonly LayerOutput[]" : "LayerOutput"}`;
}

export function operationTypes() {
  const found = new Map(
    operations.flat().flatMap((operation) => {
      const names = operation.name === "GetItem" ? ["get_item"] : operation.functions;
      return names.map((name) => [
        camelCase(name),
        `/** ${operation.doc} */\n${camelCase(name)}: ${signature(operation)};`,
      ]);
    }),
  );
  return `import type { LayerOutput } from "../builders.ts";
import type { SymbolicTensor } from "./handles.ts";

/** What a function takes for a tensor. */
export type Operand = SymbolicTensor | number;
/** What a function takes by name. */
export type Option = number | string | boolean | null | readonly Option[];
/** A place, a slice, "..." or null for a new axis; or a list of them. */
export type Index = number | null | "..." | { start?: number | null; stop?: number | null; step?: number | null } | readonly Index[];

/** The functions of keras.ops in JavaScript's spelling: operands in Python's order, then the other arguments by name. */
export interface Operations {
${[...found.values()].map((line) => `readonly ${line}`.replace(/^readonly (\/\*\*[^\n]*\n)/, "$1readonly ")).join("\n")}
}
`;
}
