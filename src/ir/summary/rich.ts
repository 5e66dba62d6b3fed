import type { Model } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { cropCells } from "./cells.ts";
import { shown, shownEscaped } from "./markup.ts";
import { tooNarrow, positionsMismatch, type SummaryOptions } from "./options.ts";
import { formatShapes, withCommas } from "./python.ts";
import { richTable, type Column } from "./rich-table.ts";
import { rowRange, rowsOf, type Connection, type Row } from "./rows.ts";
import { readableSize, totals, type Size } from "./totals.ts";
import type { Version } from "./version.ts";
import { textLines, type Align } from "./wrap-text.ts";

/** Keras 3: a table drawn by rich, as a file or `print_fn` receives it. */
export function richSummary(model: Model, options: SummaryOptions, version: Version): string[] {
  const terminal = options.columns ?? 80;
  const { linear, name, rows } = rowsOf(model, version);
  const fields = fieldsOf(linear, options);
  const width = options.line_length ?? Math.min(fields.width, terminal - 4);
  const columns = columnsOf(fields, width);
  const body = rowRange(rows, options.layer_range).flatMap((row) => print(row, 0, linear, options));
  return [
    ...textLines(`Model: "${shownEscaped(name, '"')}`, terminal),
    ...richTable(columns, body, width).map((line) => cropCells(line, terminal)),
    ...footer(model, options).flatMap((line) => textLines(line, terminal)),
  ];
}

interface FieldSet {
  readonly headers: readonly string[];
  readonly width: number;
  readonly positions: readonly number[];
}

function fieldsOf(linear: boolean, { positions, show_trainable }: SummaryOptions): FieldSet {
  const plain = linear
    ? { headers: ["Layer (type)", "Output Shape", "Param #"], width: 88, positions: [0.45, 0.8, 1] }
    : {
        headers: ["Layer (type)", "Output Shape", "Param #", "Connected to"],
        width: 108,
        positions: [0.3, 0.56, 0.74, 1],
      };
  const ends = positions ?? plain.positions;
  if (show_trainable !== true) return { ...plain, positions: ends };
  return {
    headers: [...plain.headers, "Trainable"],
    width: plain.width + 12,
    positions: [...ends.map((p) => p * 0.9), 1],
  };
}

const ALIGN = new Map<string, Align>([
  ["Param #", "right"],
  ["Trainable", "center"],
]);

function columnsOf({ headers, positions }: FieldSet, width: number): Column[] {
  const ends = positions.map((p) => Math.trunc(p * width));
  const widths = ends.map((end, i) => end - (ends[i - 1] ?? 0));
  const narrow = widths.findIndex((w) => w < 4);
  if (narrow >= 0) throw tooNarrow(headers[narrow] ?? "after the last", widths[narrow], 4);
  if (widths.length < headers.length) throw positionsMismatch(headers, positions);
  return headers.map((header, i) => ({ header, align: ALIGN.get(header) ?? "left", width: widths[i] }));
}

function print(row: Row, level: number, linear: boolean, options: SummaryOptions): string[][] {
  const prefix = level === 0 ? "" : `${"   ".repeat(level)}└ `;
  const name = `${shownEscaped(prefix + row.name, " (")}${row.class_name})`;
  const cells = [name, row.shapes ? formatShapes(row.shapes, sizes) : "?", paramsOf(row)];
  if (!linear) cells.push(row.connections.map(connectionOf).join(", ") || "-");
  if (options.show_trainable === true) cells.push(row.params === 0 ? "-" : row.layer.trainable ? "Y" : "N");
  const nested = options.expand_nested === true ? row.children.filter(isLayer) : [];
  return [cells, ...nested.flatMap((child) => print(child, level + 1, linear, options))];
}

/** Of a nested model Keras lists the layers alone, not the operations between them. */
const isLayer = ({ layer }: Row): boolean => layer.def?.operands !== true;

/** Keras 3 joins the sizes by itself: a shape of one has no comma that makes it a tuple. */
const sizes = (shape: Shape): string => `(${shape.map((size) => size ?? "None").join(", ")})`;

/** Keras does not escape these names. */
const connectionOf = ({ name, node, tensor }: Connection): string =>
  `${shown(`${name}[`)}${node}][${tensor}]`;

const paramsOf = (row: Row): string => (row.built ? withCommas(row.params) : "0 (unbuilt)");

function footer(model: Model, options: SummaryOptions): string[] {
  const sizes = totals(model, { bool_bits: 1, optimizer_params: options.optimizer_params });
  const line = (what: string, { count, bits }: Size): string =>
    ` ${what} params: ${withCommas(count)} (${readableSize(bits / 8, "B")})`;
  return [
    line("Total", sizes.total),
    line("Trainable", sizes.trainable),
    line("Non-trainable", sizes.non_trainable),
    ...(sizes.optimizer ? [line("Optimizer", sizes.optimizer)] : []),
  ];
}
