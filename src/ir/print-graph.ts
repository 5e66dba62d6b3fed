import type { Graph, Node, OpAttrs } from "./graph.ts";

/** How a node is called in print: inputs and variables by their names, the others by number. */
function nameOf(node: Node): string {
  if (node.op === "input") return `%${(node as Node<"input">).attrs.name}`;
  if (node.op === "variable") return `%w:${(node as Node<"variable">).attrs.variable.name}`;
  return `%${node.id}`;
}

function attrsOf(node: Node): string {
  if (node.op === "einsum") {
    const { a, b, out } = node.attrs as OpAttrs["einsum"];
    return ` "${a},${b}->${out}"`;
  }
  if (node.op === "const") return ` ${(node as Node<"const">).attrs.value}`;
  const hidden = ["shape", "name", "variable", "body"];
  const shown = Object.entries(node.attrs).filter(
    ([key, value]) => !hidden.includes(key) && value !== undefined,
  );
  return shown.map(([key, value]) => ` ${key}=${attribute(value)}`).join("");
}

function attribute(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(attribute).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if ("kind" in value && "name" in value) return `%w:${String(value.name)}`;
  const entries = Object.entries(value).map(([key, inner]) => `${key}=${attribute(inner)}`);
  return `{${entries.join(" ")}}`;
}

function lineOf(node: Node, label: string | undefined): string {
  const { layer, part } = node.from;
  const ins = node.in.length ? `(${node.in.map(nameOf).join(", ")})` : "";
  const origin = [layer, part, label && `= ${label}`].filter(Boolean).join(" ");
  return `${nameOf(node)}: f32[${node.shape.join(",")}] = ${node.op}${attrsOf(node)}${ins}   ; ${origin}`;
}

/** A program as text: a line a node with its origin and label, then what is returned and assigned. */
export function printGraph(graph: Graph): string {
  const nodes = graph.nodes.flatMap((node) => [
    lineOf(node, graph.labels.get(node)),
    ...("body" in node.attrs ? inside(node.attrs.body) : []),
  ]);
  const results = [...graph.results].map(([name, node]) => `return ${name} = ${nameOf(node)}`);
  const assigns = graph.assigns.map(({ variable, value }) => `%w:${variable.name} := ${nameOf(value)}`);
  return [...nodes, ...results, ...assigns].map((line) => `${line}\n`).join("");
}

/** The program of one step, further in. */
const inside = (body: Graph): string[] =>
  printGraph(body)
    .trimEnd()
    .split("\n")
    .map((line) => `  ${line}`);
