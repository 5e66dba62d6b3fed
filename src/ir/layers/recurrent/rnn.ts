import type { LayerOption } from "../../config.ts";
import { type Field, flag } from "../../fields.ts";
import { innerLayer, type LayerConfig, layerIn } from "../../fields/inner-layer.ts";
import { type CellRole, defineLayer } from "../../layer.ts";
import { type Inside, innerWeights, outerWeights } from "../wrappers/inner.ts";
import { sequenceOptions, time_major } from "./options.ts";
import { outputShape, runOver, sequential } from "./recurrent.ts";

interface Options {
  readonly cell: LayerConfig;
}
const insideOf = ({ cell }: Options): Inside => layerIn(cell) as Inside;
const roleIn = (c: Options): CellRole<Inside["config"]> => insideOf(c).def.cell!;
/** A cell and those inside it. */
const cellsIn = (one: LayerConfig): readonly LayerConfig[] => [
  one,
  ...((one.config.cells ?? []) as readonly LayerConfig[]).flatMap(cellsIn),
];
const widthsOf = (c: Options): readonly number[] => roleIn(c).widths(c.cell.config);

/** A list stands for the StackedRNNCells of it. */
const cell: Field<LayerConfig, LayerOption | readonly LayerOption[]> = innerLayer();

export default defineLayer({
  name: "RNN",
  doc: "a cell at every step: what it gives out and what it carries on to the next",
  config: { cell, ...sequenceOptions, zero_output_for_mask: flag(false), time_major },
  ...sequential,
  ignored: ["num_constants"],
  listed: { cell: { class_name: "StackedRNNCells", key: "cells" } },
  complete(c, wrong) {
    if (cellsIn(c.cell).some(({ config }) => config.activity_regularizer))
      wrong("cell", "cells without an activity_regularizer", "one with it");
    if (!layerIn(c.cell).def?.cell)
      wrong("cell", "a cell, such as LSTMCell, or a list of them", c.cell.class_name);
    return c;
  },
  trains_parts: true,
  older: { freezes_since: { keras: 20101 } },
  parts: (c) => ({ cell: insideOf(c) }),
  outputs: (c) => (c.return_state ? 1 + widthsOf(c).length : 1),
  groups: (c) => {
    const cells = c.cell.config.cells as readonly LayerConfig[] | undefined;
    return cells && [1, ...cells.map((cell) => widthsOf({ cell }).length)];
  },
  remembers: (c) => (c.stateful ? widthsOf(c) : []),
  output: (c, x, misfit, { initial_state }) =>
    outputShape({ units: roleIn(c).units(c.cell.config), widths: widthsOf(c) }, c, x, initial_state, misfit),
  weights(c, x): ReturnType<typeof outerWeights> {
    const inside = insideOf(c);
    return outerWeights(inside, "cell", inside.def.weights?.(inside.config, [x[0], ...x.slice(2)], {}) ?? {});
  },
  lower(b, c, x, w, extra) {
    const seed = (below?: string) => extra.part_seed(below ? `cell/${below}` : "cell");
    return runOver(b, c, x, extra, (initial, masks) =>
      roleIn(c).run(b, c.cell.config, x, innerWeights(insideOf(c), w), {
        initial,
        masks,
        backwards: c.go_backwards,
        unrolled: c.unroll,
        seed,
      }),
    );
  },
});
