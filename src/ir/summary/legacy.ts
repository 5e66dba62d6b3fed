import { ModelError } from "../../diagnostics.ts";
import { isSource, type Model } from "../model.ts";
import { positionsMismatch, unsupported, type SummaryOptions } from "./options.ts";
import { formatOutputs, formatShapes, formatTuple, withCommas } from "./python.ts";
import { rowRange, rowsOf, type Row } from "./rows.ts";
import { readableSize, totals, type Size } from "./totals.ts";
import { truncatedRows } from "./truncate.ts";
import { since, type Version } from "./version.ts";
import { wrappedRows } from "./wrap.ts";

/** What the two old tables need: where columns end, their headers, what a row says. */
export interface Form {
  readonly headers: readonly string[];
  readonly positions: readonly number[];
  readonly width: number;
  /** Fields of a row; connections are not among them. */
  fields(row: Row): string[];
  readonly linear: boolean;
}

/** Keras 1 and 2: a table of characters, cut (until 2.6) or wrapped (from 2.7) at its columns. */
export function legacySummary(model: Model, options: SummaryOptions, version: Version): string[] {
  checkSupport(options, version);
  if (!model.built) throw notBuilt(model);
  const { linear, name, rows } = rowsOf(model, version);
  const form = formOf(linear && since(version, 2), options, version);
  const shown = rowRange(rows, options.layer_range);
  const body = since(version, 2, 7) ? wrappedRows(shown, form, options, version) : truncatedRows(shown, form);
  const line = "_".repeat(form.width);
  const title = since(version, 2, 2, 5) ? [`Model: "${name}"`] : [];
  return [...title, line, ...body, ...footer(model, version), line];
}

function formOf(linear: boolean, options: SummaryOptions, version: Version): Form {
  const width = options.line_length ?? defaultWidth(linear, version);
  const given = options.positions ?? defaultPositions(linear, version);
  const headers = ["Layer (type)", "Output Shape", "Param #", ...(linear ? [] : ["Connected to"])];
  if (given.length < headers.length) throw positionsMismatch(headers, given);
  const positions = given[given.length - 1] <= 1 ? given.map((p) => Math.trunc(width * p)) : given;
  if (!positions.every(Number.isInteger)) throw notWhole(given);
  const fields = (row: Row): string[] => [
    `${row.name} (${row.class_name})`,
    shapeOf(row, version),
    String(row.params),
  ];
  if (options.show_trainable !== true) return { headers, positions, width, fields, linear };
  const wide = width + 11;
  return { headers: [...headers, "Trainable"], positions: [...positions, wide], width: wide, fields, linear };
}

function defaultWidth(linear: boolean, version: Version): number {
  if (linear) return 65;
  return since(version, 2, 0, 9) ? 98 : 100;
}

function defaultPositions(linear: boolean, version: Version): readonly number[] {
  if (linear) return [0.45, 0.85, 1];
  return since(version, 2, 13) ? [0.3, 0.6, 0.7, 1] : [0.33, 0.55, 0.67, 1];
}

/** A nested model shows the nest it returns, an input of TF-Keras a list; calls that differ make it `multiple`. */
function shapeOf({ layer, calls }: Row, version: Version): string {
  if (layer.model) return formatOutputs(layer.model.outputs);
  const format = layer.def?.gives_tuple ? formatTuple : formatShapes;
  const shapes = new Set(calls.map(({ outputs }) => format(outputs.map((value) => value.shape))));
  if (shapes.size !== 1) return "multiple";
  const [shape] = shapes;
  return isSource(layer) && since(version, 2, 4) ? `[${shape}]` : shape;
}

function footer(model: Model, version: Version): string[] {
  const { total, trainable, non_trainable } = totals(model, {
    bool_bits: 8,
    every: true,
    keras1: !since(version, 2),
    ...(!since(version, 2, 4) && { trained: model.compile?.trained }),
  });
  const print = ({ count, bits }: Size): string =>
    since(version, 2, 13) ? `${count} (${readableSize(bits / 8, "Byte")})` : withCommas(count);
  return [
    `Total params: ${print(total)}`,
    `Trainable params: ${print(trainable)}`,
    `Non-trainable params: ${print(non_trainable)}`,
  ];
}

function checkSupport(options: SummaryOptions, version: Version): void {
  const wants = (value: unknown): boolean => value !== undefined && value !== false;
  const asked = options.keras ?? "";
  if (wants(options.expand_nested) && !since(version, 2, 7)) throw unsupported("expand_nested", "2.7", asked);
  if (wants(options.show_trainable) && !since(version, 2, 8))
    throw unsupported("show_trainable", "2.8", asked);
  if (wants(options.layer_range) && !since(version, 2, 10)) throw unsupported("layer_range", "2.10", asked);
}

function notBuilt(model: Model): ModelError {
  return new ModelError({
    code: "model-not-built",
    message: "Before Keras 3 a model that is not built has no summary.",
    at: model.at,
    expected: "a model whose input shape is known",
    received: `Sequential ${JSON.stringify(model.name)} without an input shape`,
    hint: "Put an Input first, or ask for the summary of Keras 3.",
  });
}

function notWhole(positions: readonly number[]): ModelError {
  return new ModelError({
    code: "bad-summary-option",
    message: "Positions that count characters must be whole numbers.",
    expected: "shares with a last one of at most 1, or whole numbers of characters",
    received: JSON.stringify(positions),
  });
}
