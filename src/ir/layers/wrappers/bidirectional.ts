import { internal } from "../../../diagnostics.ts";
import { sumsOverBatch } from "../../activity-penalty.ts";
import type { Builder } from "../../builder.ts";
import { type Bound, tensor, tensors } from "../../call-arguments.ts";
import type { RegularizerConfig } from "../../config.ts";
import type { Optional } from "../../fields.ts";
import type { Raw } from "../../fields/read.ts";
import { nullable, unsupported } from "../../fields.ts";
import { innerLayer, type LayerConfig, layerIn, undrawn } from "../../fields/inner-layer.ts";
import type { Node, Variable } from "../../graph.ts";
import { defineLayer, type Extra, listOf, type Misfit, shapesIn } from "../../layer.ts";
import type { Shape } from "../../tensor.ts";
import { frozenInside, type Inside, innerWeights, notOnOneTensor, outerWeights, penalises } from "./inner.ts";

type MergeMode = "sum" | "mul" | "concat" | "ave" | null;
const merge_mode: Optional<MergeMode> = {
  schema: { enum: ["sum", "mul", "concat", "ave", null] },
  default: "concat",
};
const call = { initial_state: tensors, mask: tensor } as const;

/** A layer that runs over a sequence, told by the options that all such layers have. */
const isRecurrent = ({ config }: LayerConfig): boolean =>
  "go_backwards" in config && "return_state" in config;

const renamed = (name: string, prefix: string): string =>
  prefix + (name.startsWith(prefix) ? name.slice(prefix.length) : name);

/** As Keras has both layers: steps that are masked give 0 where all steps are given out. */
const settled = (layer: LayerConfig, name = layer.name): LayerConfig => ({
  ...layer,
  name,
  config: { ...layer.config, zero_output_for_mask: layer.config.return_sequences },
});

/** Keras 1 and 2 turn the copy the other way from the layer, Keras 3 always backwards: there the copy is to be said. */
function turnedRound(config: Raw): Raw {
  const { layer, backward_layer } = config as {
    readonly layer?: Partial<LayerConfig>;
    backward_layer?: unknown;
  };
  if (!layer?.config?.go_backwards || backward_layer) return config;
  const name = layer.config.name as string | undefined;
  const copy = {
    ...layer.config,
    go_backwards: false,
    ...(name !== undefined && { name: renamed(name, "backward_") }),
  };
  return { ...config, backward_layer: { ...layer, config: copy } };
}

type Wrong = (key: string, expected: string, received: string) => void;
function check(forward: LayerConfig, backward: LayerConfig, wrong: Wrong): void {
  if (forward.name === backward.name) wrong("backward_layer", "a layer of another name", forward.name);
  if (forward.config.go_backwards === backward.config.go_backwards)
    wrong(
      "backward_layer",
      "a layer that goes the other way",
      `go_backwards ${show(backward, "go_backwards")}`,
    );
  for (const key of ["stateful", "return_sequences", "return_state"])
    if (forward.config[key] !== backward.config[key])
      wrong("backward_layer", `${key} ${show(forward, key)}, as of layer`, show(backward, key));
}
const show = ({ config }: LayerConfig, key: string): string => String(config[key]);

interface Options {
  readonly layer: LayerConfig;
  readonly backward_layer: LayerConfig | null;
  readonly merge_mode: MergeMode;
}
/** Forward and backward, with their paths in weight files. */
const both = (c: Options): readonly (readonly [string, Inside])[] => [
  ["forward_layer", layerIn(c.layer) as Inside],
  ["backward_layer", layerIn(c.backward_layer!) as Inside],
];

function merged(b: Builder, mode: MergeMode, x: Node, y: Node): readonly Node[] {
  if (mode === null) return [x, y];
  if (mode === "concat") return [b.concat([x, y], x.shape.length - 1)];
  if (mode === "mul") return [b.mul(x, y)];
  const sum = b.add(x, y);
  return [mode === "ave" ? b.div(sum, 2) : sum];
}

/** How many units the halves have when they are put together element by element: one alone goes with each of the other's. */
function spreadUnits(x: Shape, y: Shape, misfit: Misfit): number {
  const [units, others] = [x.at(-1)!, y.at(-1)!];
  if (units !== others && units !== 1 && others !== 1)
    misfit("layers of as many units", `${units} and ${others}`);
  return Math.max(units, others);
}

/** For shapes that `output` has found to fit. */
const toldBefore: Misfit = (expected, received) => {
  throw internal(`expected ${expected}, received ${received}`);
};

/** Each layer's half of the initial states. */
const halves = <T>(states: readonly T[] | undefined): readonly (readonly T[] | undefined)[] => {
  const half = Math.floor((states?.length ?? 0) / 2);
  return [states?.slice(0, half), states?.slice(half)];
};

export default defineLayer({
  name: "Bidirectional",
  doc: "a recurrent layer over the steps and one over the steps in reverse, their outputs merged",
  config: {
    layer: innerLayer(),
    merge_mode,
    weights: unsupported(null, { terse: true }),
    backward_layer: nullable(innerLayer()),
  },
  ignored: ["num_constants"],
  input: "sequences",
  call,
  list_rest: "initial_state",
  supports_masking: true,
  builds: true,
  complete(c, wrong) {
    for (const [key, layer] of Object.entries({ layer: c.layer, backward_layer: c.backward_layer }))
      if (layer && (!isRecurrent(layer) || notOnOneTensor(layerIn(layer))))
        return (wrong(key, "a recurrent layer", layer.class_name), c);
    const copy = undrawn(c.layer);
    const forward = settled(copy, renamed(copy.name, "forward_"));
    const turned = { ...copy, config: structuredClone({ ...copy.config, go_backwards: true }) };
    const backward = c.backward_layer ?? settled(turned, renamed(copy.name, "backward_"));
    check(forward, backward, wrong);
    return { ...c, layer: forward, backward_layer: settled(backward) };
  },
  trains_parts: true,
  older: {
    settle: (config, from) => frozenInside(turnedRound(config), from),
    freezes_since: { keras: 20104, tensorflow: 21200 },
  },
  parts: (c) => Object.fromEntries(both(c)),
  penalises: (c) => both(c).some(([, part]) => penalises(part)),
  outputs(c) {
    const [, { def, config }] = both(c)[0];
    const states = (def.outputs?.(config, {}) ?? 1) - 1;
    return (c.merge_mode === null ? 2 : 1) + 2 * states;
  },
  output(c, x, misfit, { initial_state }) {
    if (initial_state && initial_state.length % 2)
      misfit("an even number of initial states", String(initial_state.length));
    const [[y, ...states], [z, ...others]] = both(c).map(([, { def, config }], k) =>
      shapesIn(def.output(config, x, misfit, { initial_state: halves(initial_state)[k] })),
    );
    if (c.merge_mode === null) return [y, z, ...states, ...others];
    const units = c.merge_mode === "concat" ? y.at(-1)! + z.at(-1)! : spreadUnits(y, z, misfit);
    return [[...y.slice(0, -1), units], ...states, ...others];
  },
  // as if both halves were the forward one
  reports(c, _outputs, [x], { initial_state }) {
    const [, { def, config }] = both(c)[0];
    const args = { initial_state: halves(initial_state)[0] };
    const [y, ...states] = shapesIn(def.output(config, x, toldBefore, args));
    const last = c.merge_mode === "concat" ? y.at(-1)! * 2 : y.at(-1)!;
    const joined = [...y.slice(0, -1), last];
    return [...(c.merge_mode === null ? [y, y] : [joined]), ...states, ...states];
  },
  weights: (c, x): Record<string, ReturnType<typeof outerWeights>[string]> =>
    Object.assign(
      {},
      ...both(c).map(([path, part]) =>
        outerWeights(part, path, part.def.weights?.(part.config, x, {}) ?? {}),
      ),
    ),
  lower(b, c, x, w, extra: Extra<typeof call>) {
    const [[y, ...states], [z, ...others]] = both(c).map(([path, part], k) => {
      const args: Bound<typeof call, Node> = {
        mask: extra.args.mask,
        initial_state: halves(extra.args.initial_state)[k],
      };
      const seed = extra.part_seed(path);
      const remembered = (): readonly Variable[] => extra.remembered(path);
      const part_seed = (below: string): Variable => extra.part_seed(`${path}/${below}`);
      const own = { ...extra, seed, part_seed, remembered, args };
      const made = listOf(part.def.lower(b, part.config, x, innerWeights(part, w), own));
      const regularizer = part.config.activity_regularizer as RegularizerConfig | null;
      for (const output of regularizer && !sumsOverBatch(extra.older) ? made : [])
        extra.penalise(regularizer!, output);
      return made;
    });
    const turned = c.layer.config.return_sequences ? b.flip(z, 1) : z;
    return [...merged(b, c.merge_mode, y, turned), ...states, ...others];
  },
  mask_nodes: (c, { masks }) => (c.layer.config.return_sequences ? masks[0] : undefined),
  mask(_b, c, _x, mask) {
    const out = c.layer.config.return_sequences ? mask : undefined;
    return c.merge_mode === null ? [out, out] : out;
  },
});
