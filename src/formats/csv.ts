import { ModelError, type Diagnostic } from "../diagnostics.ts";
import type { Tensor } from "../ir/tensor.ts";

/** A table of numbers: a float32 tensor (rows, columns), and the names above the columns where there are any. */
export interface Table {
  readonly columns?: readonly string[];
  readonly values: Tensor;
}

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Faults that are listed before reading stops. */
const MAX_FAULTS = 10;
const SPECIAL = new Map([
  ["nan", NaN],
  ["inf", Infinity],
  ["-inf", -Infinity],
]);

/**
 * A table of numbers separated by commas, semicolons or tabs; cells may be quoted. A first line that has as many
 * words as numbers, or more, is the header. Every fault is reported with its line and column.
 */
export function readCsv(text: string, name = "the CSV file"): Table {
  const rows = parseRows(text.replace(/^\ufeff/, ""), separatorOf(text), name);
  if (rows.length === 0)
    throw new ModelError({ code: "csv-empty", message: "The table is empty.", at: { file: name } });
  const header = isHeader(rows[0]) ? rows[0] : undefined;
  const body = header ? rows.slice(1) : rows;
  const width = rows[0].cells.length;
  const data = new Float32Array(body.length * width);
  const problems: Diagnostic[] = [];
  body.forEach((row, r) => {
    if (problems.length < MAX_FAULTS)
      fillRow(data.subarray(r * width, (r + 1) * width), row, header, problems, name);
  });
  if (problems.length > 0) throw new ModelError(problems);
  const values: Tensor = { shape: [body.length, width], dtype: "float32", data };
  return header ? { columns: header.cells, values } : { values };
}

/** A few words among numbers, or empty cells, are faults of a row of data. */
function isHeader({ cells }: Row): boolean {
  const filled = cells.filter((cell) => cell.trim() !== "");
  const words = filled.filter((cell) => numberOf(cell) === undefined).length;
  return words > 0 && words >= filled.length - words;
}

function fillRow(
  to: Float32Array,
  row: Row,
  header: Row | undefined,
  problems: Diagnostic[],
  file: string,
): void {
  if (row.cells.length !== to.length) {
    problems.push({
      code: "csv-columns",
      message: "A line of the table has another number of cells than the first one.",
      at: { file, line: row.line },
      expected: String(to.length),
      received: String(row.cells.length),
    });
    return;
  }
  row.cells.forEach((cell, c) => {
    const value = numberOf(cell);
    if (value !== undefined) to[c] = value;
    else problems.push(notANumber(cell, row.line, c, header, file));
  });
}

const notANumber = (
  cell: string,
  line: number,
  c: number,
  header: Row | undefined,
  file: string,
): Diagnostic => ({
  code: "csv-number",
  message: `Cell ${c + 1}${header ? ` (${header.cells[c]})` : ""} of the table is not a number.`,
  at: { file, line, column: c + 1 },
  received: JSON.stringify(cell.slice(0, 40)),
});

function numberOf(cell: string): number | undefined {
  const text = cell.trim().toLowerCase();
  if (SPECIAL.has(text)) return SPECIAL.get(text);
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** The separator that the first line has most of. */
function separatorOf(text: string): string {
  const [line] = text.split("\n", 1);
  const count = (c: string): number => line.split(c).length;
  return [",", ";", "\t"].reduce((best, c) => (count(c) > count(best) ? c : best));
}

/** Lines into cells; quotes may hold separators, line breaks and doubled quotes. Blank lines are skipped. */
function parseRows(text: string, separator: string, name: string): Row[] {
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let line = 1;
  let start = 1;
  const endCell = (): void => {
    cells.push(cell);
    cell = "";
  };
  const endRow = (): void => {
    const blank = cells.length === 0 && cell.trim() === "";
    endCell();
    if (!blank) rows.push({ line: start, cells });
    [cells, start] = [[], line + 1];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted && c === '"' && text[i + 1] === '"') cell += text[++i];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && c === separator) endCell();
    else if (!quoted && c === "\n") endRow();
    else if (quoted || c !== "\r") cell += c;
    if (c === "\n") line++;
  }
  if (quoted) throw openQuote(name, start);
  endRow();
  return rows;
}

const openQuote = (file: string, line: number): ModelError =>
  new ModelError({ code: "csv-quote", message: "A quoted cell has no end.", at: { file, line } });
