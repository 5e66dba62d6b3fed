import type { Expr, Link, Signed } from "./ast.ts";

/** An expression as it stands: values and the operators in front of and between them, in order. */
export type Piece =
  | { readonly kind: "value"; readonly value: Expr }
  | { readonly kind: "prefix" | "infix"; readonly op: string; readonly offset: number };

type Level = (row: readonly Piece[], next: number) => Expr;
const compares = ["<", ">", "==", "!=", "<=", ">=", "in", "not in", "is", "is not"];
const arithmetic = [["|"], ["^"], ["&"], ["<<", ">>"], ["+", "-"], ["*", "/", "//", "%", "@"]];

/** Weakest first; each level cuts the row at its operators and leaves the pieces to the stronger ones. */
const levels: readonly Level[] = [
  chain(["as"]),
  logic("or"),
  logic("and"),
  not,
  compare,
  ...arithmetic.map(chain),
  sign,
  power,
];

/** The tree of a row of pieces, by Python's precedence. A long row of equal operators stays one flat node. */
export function tree(row: readonly Piece[]): Expr {
  return at(joined(row), 0);
}

function at(row: readonly Piece[], level: number): Expr {
  const [only] = row;
  if (row.length === 1 && only.kind === "value") return only.value;
  return levels[level](row, level + 1);
}

/** `is` followed by `not` is one operator. */
function joined(row: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of row) {
    const last = out.at(-1);
    if (piece.kind === "prefix" && piece.op === "not" && last?.kind === "infix" && last.op === "is") {
      out[out.length - 1] = { ...last, op: "is not" };
    } else out.push(piece);
  }
  return out;
}

interface Cut {
  readonly rows: Piece[][];
  readonly ops: { readonly op: string; readonly offset: number }[];
}
function cut(row: readonly Piece[], ops: readonly string[]): Cut {
  const found: Cut = { rows: [[]], ops: [] };
  for (const piece of row) {
    if (piece.kind === "infix" && ops.includes(piece.op)) {
      found.ops.push(piece);
      found.rows.push([]);
    } else found.rows.at(-1)!.push(piece);
  }
  return found;
}

const links = ({ rows, ops }: Cut, next: number): Link[] =>
  ops.map(({ op, offset }, i) => ({ op, offset, value: at(rows[i + 1], next) }));

function logic(op: "and" | "or"): Level {
  return (row, next) => {
    const { rows } = cut(row, [op]);
    if (rows.length === 1) return at(row, next);
    const items = rows.map((part) => at(part, next));
    return { kind: "logic", op, items, offset: items[0].offset };
  };
}

function chain(ops: readonly string[]): Level {
  return (row, next) => {
    const parts = cut(row, ops);
    if (parts.ops.length === 0) return at(row, next);
    const first = at(parts.rows[0], next);
    return { kind: "chain", first, rest: links(parts, next), offset: first.offset };
  };
}

function compare(row: readonly Piece[], next: number): Expr {
  const parts = cut(row, compares);
  if (parts.ops.length === 0) return at(row, next);
  const first = at(parts.rows[0], next);
  return { kind: "compare", first, rest: links(parts, next), offset: first.offset };
}

function not(row: readonly Piece[], next: number): Expr {
  const from = row.findIndex((piece) => piece.kind !== "prefix" || piece.op !== "not");
  return from > 0 ? unary(row.slice(0, from), at(row.slice(from), next)) : at(row, next);
}

function sign(row: readonly Piece[], next: number): Expr {
  const from = row.findIndex((piece) => piece.kind !== "prefix");
  return from > 0 ? unary(row.slice(0, from), at(row.slice(from), next)) : at(row, next);
}

function unary(prefixes: readonly Piece[], value: Expr): Expr {
  const [first] = prefixes;
  const offset = first.kind === "value" ? value.offset : first.offset;
  return {
    kind: "unary",
    ops: prefixes.map((piece) => (piece.kind === "value" ? "" : piece.op)),
    value,
    offset,
  };
}

function power(row: readonly Piece[]): Expr {
  const bases = cut(row, ["**"]).rows.map(signed);
  return { kind: "power", bases, offset: bases[0].value.offset };
}

function signed(row: readonly Piece[]): Signed {
  const last = row.at(-1)!;
  const signs = row.slice(0, -1).map((piece) => (piece.kind === "value" ? "" : piece.op));
  return { signs, value: last.kind === "value" ? last.value : { kind: "ellipsis", offset: 0 } };
}
