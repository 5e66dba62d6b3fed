import type { Node, Sizes } from "../ir/graph.ts";
import { opOf } from "../ir/ops.ts";
import type { Group } from "./fuse/group.ts";
import { isView } from "./places.ts";

/** What a formula calls a value that is not spelled out. */
export type NameOf = (node: Node) => string | undefined;

const INFIX: Readonly<Record<string, readonly [string, number]>> = {
  add: ["+", 1],
  sub: ["−", 1],
  mul: ["·", 2],
  div: ["/", 2],
  greater: [">", 0],
  equal: ["=", 0],
};
const MAX = 400;

/** The formula printed above a kernel, one line a value: `dense[i,j] = max(0, Σₖ x[i,k] · kernel[k,j] + bias[j])`. */
export function says(group: Group, name: NameOf): string {
  const lines = spokenOf(group).map((node) => {
    const inner = (x: Node): string | undefined => (x === node ? undefined : name(x));
    const right = formula(node, { name: inner, depth: 0 }, 0);
    return `${name(node)} = ${right}`;
  });
  const text = lines.join("; ");
  return text.length > MAX ? `${text.slice(0, MAX)}…` : text;
}

/** What has a line of its own: in a region every product and every fold as well. */
export const spokenOf = ({ nodes, region }: Group): readonly Node[] =>
  region?.nodes.filter((x) => nodes.includes(x) || x.op === "einsum" || opOf(x).reduces) ?? nodes;

interface Printing {
  readonly name: NameOf;
  readonly depth: number;
}

function formula(node: Node, p: Printing, level: number): string {
  const known = p.name(node);
  if (known !== undefined) return known;
  if (p.depth > 24) return "…";
  const deeper = { ...p, depth: p.depth + 1 };
  if (isView(node) || node.op === "reshape") return viewed(node, deeper, level);
  const [x, y, z] = node.in;
  const infix = INFIX[node.op];
  if (infix) {
    const [sign, mine] = infix;
    const text = `${formula(x, deeper, mine)} ${sign} ${formula(y, deeper, mine + (sign === "−" || sign === "/" ? 1 : 0))}`;
    return mine < level ? `(${text})` : text;
  }
  switch (node.op) {
    case "const":
      return number((node as Node<"const">).attrs.value);
    case "batch":
      return "n";
    case "iota":
      return "index";
    case "neg":
      return `−${formula(x, deeper, 3)}`;
    case "einsum":
      return contraction(node as Node<"einsum">, deeper, level);
    case "sum":
      return `Σ${over(x.shape, (node as Node<"sum">).attrs.axes)} ${formula(x, deeper, 2)}`;
    case "max_of":
      return `max${over(x.shape, (node as Node<"max_of">).attrs.axes)} ${formula(x, deeper, 2)}`;
    case "where":
      return `(${formula(x, deeper, 0)} ? ${formula(y, deeper, 0)} : ${formula(z, deeper, 0)})`;
    case "random":
      return "uniform(0, 1)";
    default:
      return `${node.op}(${node.in.map((part) => formula(part, deeper, 0)).join(", ")})`;
  }
}

const viewed = (node: Node, p: Printing, level: number): string => {
  const x = formula(node.in[0], p, node.op === "permute" || node.op === "slice" ? 3 : level);
  if (node.op === "permute") return `${x}ᵀ`;
  if (node.op !== "slice") return x;
  const { start, stop } = (node as Node<"slice">).attrs;
  return `${x}[${start}…${stop - 1}]`;
};

const LETTERS = "ijklpqrs";
const SUBSCRIPT: Readonly<Record<string, string>> = {
  i: "ᵢ",
  j: "ⱼ",
  k: "ₖ",
  l: "ₗ",
  p: "ₚ",
  r: "ᵣ",
  s: "ₛ",
};
const over = (shape: Sizes, axes: readonly number[]): string =>
  axes.length === shape.filter((d) => d !== 1).length
    ? ""
    : axes.map((k) => SUBSCRIPT[LETTERS[k]] ?? "").join("");

/** Σₖ x[i,k] · kernel[k,j], letters renamed so that the result reads [i,j]. */
function contraction(node: Node<"einsum">, p: Printing, level: number): string {
  const { a, b, out } = node.attrs;
  const order = [...new Set([...out, ...a, ...b])];
  const letter = (l: string): string => LETTERS[order.indexOf(l)] ?? l;
  const indexed = (x: Node, letters: string): string =>
    `${formula(x, p, 3)}[${[...letters].map(letter).join(",")}]`;
  const summed = order.filter((l) => !out.includes(l)).map((l) => SUBSCRIPT[letter(l)] ?? "");
  const text = `Σ${summed.join("")} ${indexed(node.in[0], a)} · ${indexed(node.in[1], b)}`;
  return level > 1 ? `(${text})` : text;
}

const number = (x: number): string => {
  const short = String(Number(x.toPrecision(7)));
  return Math.fround(Number(short)) === Math.fround(x) ? short : String(x);
};
