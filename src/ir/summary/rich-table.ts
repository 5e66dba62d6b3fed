import { fitCells } from "./cells.ts";
import { roundHalfEven } from "./python.ts";
import { cellLines, type Align } from "./wrap-text.ts";

export interface Column {
  readonly header: string;
  readonly align: Align;
  /** Columns for the text that were asked for, without padding and border. */
  readonly width: number;
}

/** Lines of a table with a heavy head and a rule between rows, `width` columns wide borders included. */
export function richTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number) {
  const outer = outerWidths(columns, width - columns.length - 1);
  const head = cells(
    columns.map((column) => column.header),
    columns,
    outer,
    "bottom",
  );
  const body = rows.map((row) => cells(row, columns, outer, "top").map((line) => `│${line.join("│")}│`));
  return [
    rule(outer, "┏━┳┓"),
    ...head.map((line) => `┃${line.join("┃")}┃`),
    rule(outer, "┡━╇┩"),
    ...body.flatMap((lines, i) => (i === 0 ? lines : [rule(outer, "├─┼┤"), ...lines])),
    rule(outer, "└─┴┘"),
  ];
}

/** Widths with a space on each side. What is too much for `room` is taken from all columns alike, left to right. */
function outerWidths(columns: readonly Column[], room: number): number[] {
  const wanted = columns.map((column) => Math.max(1, Math.min(column.width + 2, Math.max(0, room))));
  const excess = sum(wanted) - room;
  return excess > 0 ? reduce(wanted, excess) : grow(wanted, -excess);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

function reduce(widths: readonly number[], excess: number): number[] {
  let rest = excess;
  return widths.map((width, i) => {
    const cut = Math.min(width, roundHalfEven(rest / (widths.length - i)));
    rest -= cut;
    return width - cut;
  });
}

/** What is missing is given to columns by their widths. */
function grow(widths: readonly number[], missing: number): number[] {
  let rest = missing;
  return widths.map((width, i) => {
    const more = Math.max(0, Math.ceil((width * rest) / sum(widths.slice(i))));
    rest -= more;
    return width + more;
  });
}

/** The lines of one row, each as its cells. */
function cells(
  row: readonly string[],
  columns: readonly Column[],
  outer: readonly number[],
  put: "top" | "bottom",
) {
  const filled = columns.map(({ align }, i) =>
    cellLines(row[i], outer[i] - 2, align).map((line) => fitCells(` ${line} `, outer[i])),
  );
  const height = Math.max(1, ...filled.map((lines) => lines.length));
  const blank = (i: number): string[] =>
    Array.from({ length: height - filled[i].length }, () => " ".repeat(outer[i]));
  const full = filled.map((lines, i) => (put === "top" ? [...lines, ...blank(i)] : [...blank(i), ...lines]));
  return Array.from({ length: height }, (_, n) => full.map((lines) => lines[n]));
}

function rule(outer: readonly number[], [left, line, cross, right]: string): string {
  return left + outer.map((width) => line.repeat(width)).join(cross) + right;
}
