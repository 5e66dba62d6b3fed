import type { Form } from "./legacy.ts";
import { tooNarrow, type SummaryOptions } from "./options.ts";
import { pythonList, pythonString } from "./python.ts";
import { formatConnection, type Row } from "./rows.ts";
import { since, type Version } from "./version.ts";

/** Keras 2.7 to 2.15 and TF-Keras: fields wrapped in their columns, blank lines between layers, nested models in a box. */
export function wrappedRows(
  rows: readonly Row[],
  form: Form,
  options: SummaryOptions,
  version: Version,
): string[] {
  const print: Printer = { ...form, aligned: since(version, 2, 13), options };
  return [
    ...fieldLines(form.headers, 0, print),
    "=".repeat(form.width),
    ...rows.flatMap((row) => layerLines(row, 0, print)),
    "=".repeat(form.width),
  ];
}

interface Printer extends Form {
  /** From 2.13 on a column starts where its header starts, on nested lines too. */
  readonly aligned: boolean;
  readonly options: SummaryOptions;
}

/** A layer and a blank line; or its children in a box, whose last line takes the place of the blank one. */
function layerLines(row: Row, level: number, print: Printer, isLastChild = false): string[] {
  const { expand_nested, show_trainable } = print.options;
  const fields = print.fields(row);
  if (!print.linear) fields.push(pythonList(row.connections.map((c) => pythonString(formatConnection(c)))));
  if (show_trainable === true) fields.push(row.layer.trainable ? "Y" : "N");
  const own = fieldLines(fields, level, print);
  if (expand_nested !== true || row.children.length === 0) {
    return isLastChild ? own : [...own, frame(level, " ", print)];
  }
  const last = row.children.length - 1;
  const children = row.children.flatMap((child, i) => layerLines(child, level + 1, print, i === last));
  return [...own, frame(level + 1, "¯", print), ...children, frame(level, "¯", print)];
}

function frame(level: number, fill: string, { width }: Printer): string {
  const side = "|".repeat(level);
  return side + fill.repeat(Math.max(0, width - 2 * level)) + side;
}

/** The fields side by side, on as many lines as the longest needs. */
function fieldLines(fields: readonly string[], level: number, print: Printer): string[] {
  const lines: string[] = [];
  const room = fields.map((field, i) => roomOf(i, field, level, print));
  let rest = fields.map((field) => Array.from(field));
  while (rest.some((characters) => characters.length > 0)) {
    const taken = rest.map((characters, i) => takeLine(characters.slice(0, room[i])));
    lines.push(joinLine(taken, level, print));
    rest = rest.map((characters, i) => characters.slice(Array.from(taken[i]).length));
  }
  return lines;
}

/** Characters of a field that go on one line. Without room for one Keras would never end. */
function roomOf(i: number, field: string, level: number, { positions, headers, aligned }: Printer): number {
  const isLast = i === positions.length - 1;
  const gap = isLast ? 0 : aligned ? 3 : 2;
  const room = positions[i] - (positions[i - 1] ?? 0) - gap - (aligned && i === 0 ? level : 0);
  if (room < 1 && field !== "") throw tooNarrow(headers[i], room, 1);
  return Math.max(0, room);
}

/** A line ends after the first tuple, dict, list or string that is followed by a comma. */
function takeLine(characters: readonly string[]): string {
  const text = characters.join("");
  const ends = ["),", "},", "],", "',"].map((mark) => text.indexOf(mark)).filter((at) => at >= 0);
  return ends.length > 0 ? text.slice(0, Math.min(...ends) + 2) : text;
}

function joinLine(texts: readonly string[], level: number, { positions, aligned }: Printer): string {
  const side = "|".repeat(level);
  let line = `${side} `;
  texts.forEach((text, i) => {
    const isLast = i === positions.length - 1;
    line += text + (isLast ? "" : "  ");
    const end = positions[i] - (level > 0 && (isLast || !aligned) ? level : 0);
    line += " ".repeat(Math.max(0, end - Array.from(line).length));
  });
  return line + side;
}
