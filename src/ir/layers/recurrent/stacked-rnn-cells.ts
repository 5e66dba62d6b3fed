import { unsupported } from "../../fields.ts";
import { innerLayers, type LayerConfig, layerIn } from "../../fields/inner-layer.ts";
import type { Node } from "../../graph.ts";
import { type CellRole, defineLayer, type StepsTaken } from "../../layer.ts";
import { snakeCase, uniqueNames } from "../../names.ts";
import { type Inside, innerWeights, outerWeights } from "../wrappers/inner.ts";

interface Options {
  readonly cells: readonly LayerConfig[];
}
interface Part {
  /** In Keras's weight files, where cells are counted by class. */
  readonly path: string;
  readonly inside: Inside;
  readonly role: CellRole<Inside["config"]>;
}

function partsOf({ cells }: Options): readonly Part[] {
  const names = uniqueNames(cells.map(({ class_name }) => snakeCase(class_name)));
  return cells.map((cell, k) => {
    const inside = layerIn(cell) as Inside;
    return { path: `cells/${names[k]}`, inside, role: inside.def.cell! };
  });
}
const widthsOf = ({ role, inside }: Part): readonly number[] => role.widths(inside.config);

/**
 * Cell after cell, each over the whole sequence: the same as all at every step, as none reads what a later one makes,
 * and what is masked is masked for all.
 */
const role: CellRole<Options> = {
  widths: (c) => partsOf(c).flatMap(widthsOf),
  units: (c) => partsOf(c).reduce((_, { role, inside }) => role.units(inside.config), 0),
  run(b, c, x, w, { initial, masks, backwards, unrolled, seed }) {
    const states: Node[] = [];
    const first: { x: Node; done?: StepsTaken } = { x };
    const { done } = partsOf(c).reduce((before, part, k) => {
      const input = before.done?.all() ?? before.x;
      const [from, to] = [states.length, states.length + widthsOf(part).length];
      const made = part.role.run(b, part.inside.config, input, innerWeights(part.inside, w), {
        initial: initial?.slice(from, to),
        masks,
        backwards: backwards && k === 0,
        unrolled: unrolled && k === partsOf(c).length - 1,
        seed: (below) => seed(below ? `${part.path}/${below}` : part.path),
      });
      states.push(...made.states);
      return { x: input, done: made };
    }, first);
    return { all: () => done!.all(), last: () => done!.last(), states };
  },
};

export default defineLayer({
  name: "StackedRNNCells",
  doc: "cells of which each takes the output of the one before, as one cell, for RNN",
  config: {
    cells: innerLayers(),
    reverse_state_order: unsupported(false, { terse: true, keyword_only: true }),
  },
  builds: true,
  cell: role,
  complete(c, wrong) {
    const names = c.cells.map(({ name }) => name);
    if (names.length === 0) wrong("cells", "one cell or more", "none");
    const other = c.cells.find((cell) => !layerIn(cell).def?.cell);
    if (other) wrong("cells", "cells, such as LSTMCell", other.class_name);
    if (new Set(names).size < names.length) wrong("cells", "cells of different names", names.join(", "));
    return c;
  },
  trains_parts: true,
  older: { freezes_since: { keras: 20101 } },
  parts: (c) => Object.fromEntries(partsOf(c).map(({ path, inside }) => [path, inside])),
  output: (_c, _x, misfit) => misfit("RNN(cells) around them", "a call of the cells alone"),
  weights(c, x): ReturnType<typeof outerWeights> {
    let shape = x;
    const all = partsOf(c).map(({ path, inside, role }) => {
      const own = outerWeights(inside, path, inside.def.weights?.(inside.config, shape, {}) ?? {});
      shape = [x[0], role.units(inside.config)];
      return own;
    });
    return Object.assign({}, ...all) as ReturnType<typeof outerWeights>;
  },
  lower: (_b, _c, x) => x,
});
