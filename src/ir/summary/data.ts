import type { Model } from "../model.ts";
import type { Shape } from "../tensor.ts";
import { formatConnection, rowsOf, type Row } from "./rows.ts";
import { totals, type Size } from "./totals.ts";
import { parseVersion } from "./version.ts";

/** What Keras 3's summary says, as plain data for JSON. */
export interface SummaryData {
  readonly name: string;
  readonly class_name: string;
  readonly layers: readonly LayerData[];
  readonly totals: {
    readonly params: Amount;
    readonly trainable: Amount;
    readonly non_trainable: Amount;
    readonly optimizer?: Amount;
  };
}

export interface LayerData {
  readonly name: string;
  readonly class_name: string;
  /** Shapes of the last call's outputs; null where none is known. */
  readonly output_shapes: readonly Shape[] | null;
  readonly params: number;
  readonly built: boolean;
  readonly trainable: boolean;
  /** `name[node][tensor]` */
  readonly connected_to: readonly string[];
  /** A nested model's layers. */
  readonly layers?: readonly LayerData[];
}

/** Elements and bytes. */
export interface Amount {
  readonly count: number;
  readonly bytes: number;
}

/** The summary as data. `optimizer_params`: elements of a built optimizer's variables. */
export function summaryData(model: Model, optimizer_params?: number): SummaryData {
  const { name, rows } = rowsOf(model, parseVersion("3"));
  const sizes = totals(model, { bool_bits: 1, optimizer_params });
  return {
    name,
    class_name: model.class_name,
    layers: rows.map(layerData),
    totals: {
      params: amount(sizes.total),
      trainable: amount(sizes.trainable),
      non_trainable: amount(sizes.non_trainable),
      ...(sizes.optimizer ? { optimizer: amount(sizes.optimizer) } : {}),
    },
  };
}

const amount = ({ count, bits }: Size): Amount => ({ count, bytes: bits / 8 });

function layerData(row: Row): LayerData {
  return {
    name: row.name,
    class_name: row.class_name,
    output_shapes: row.shapes ?? null,
    params: row.params,
    built: row.built,
    trainable: row.layer.trainable,
    connected_to: row.connections.map(formatConnection),
    ...(row.layer.model ? { layers: row.children.map(layerData) } : {}),
  };
}
