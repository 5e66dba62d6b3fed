import { ModelError } from "../../../diagnostics.ts";
import { sumsOverBatch } from "../../activity-penalty.ts";
import { Builder } from "../../builder.ts";
import type { CallArguments } from "../../call-arguments.ts";
import { tensor } from "../../call-arguments.ts";
import type { RegularizerConfig } from "../../config.ts";
import { innerLayer, type LayerConfig, layerIn } from "../../fields/inner-layer.ts";
import type { Node } from "../../graph.ts";
import { defineLayer, type Extra, type InnerLayer, listOf, type Mask, shapesIn } from "../../layer.ts";
import { widthOf } from "../../ops/scan.ts";
import { scan } from "../../scan.ts";
import { heedsMasks } from "../../heeded-masks.ts";
import { formatShape, type Shape } from "../../tensor.ts";
import { ASKS_INSIDE, distributedMask, loopsOverSteps } from "./distributed-mask.ts";
import {
  type Inside,
  innerWeights,
  noArguments,
  notOnOneTensor,
  outerWeights,
  frozenInside,
  penalises,
} from "./inner.ts";

/** The shape of one step. */
const stepOf = (x: Shape): Shape => [x[0], ...x.slice(2)];

type Given = Readonly<Record<string, Node | undefined>>;
/** What the inner layer makes of one step, of the weights that it finds there. */
type Apply = (b: Builder, x: Node, mask: Mask, weights: Given) => Node;

/** What the inner layer is lowered with, but for what comes with its input. */
type Own = Omit<Extra<CallArguments>, "masks" | "args">;

function within(inner: Inside, steps: number, extra: Own): Own {
  const { def, config } = inner;
  return {
    ...(def.seed?.(config) !== undefined && { seed: extra.part_seed("layer") }),
    ...(extra.older && { older: extra.older }),
    ...(extra.fixed_batch && { fixed_batch: true as const }),
    part_seed: (path) => extra.part_seed(`layer/${path}`),
    remembered: (path) => extra.remembered(path ? `layer/${path}` : "layer"),
    penalise: penalising(inner, steps, extra),
  };
}

/** Where batches are summed the wrapper has the regularizer of a layer, and layers further inside are not heard of. */
function penalising(inner: Inside, steps: number, { older, penalise }: Own): Own["penalise"] {
  if (sumsOverBatch(older)) return () => undefined;
  if (!older) return penalise;
  return (regularizer, output, times = 1) => {
    penalise(regularizer, output, (times * runs(inner)) / steps);
  };
}

/** How often TensorFlow's Keras 2 runs a model inside: once more for its mask, that a wrapper around asks for, too. */
const runs = (inner: Inside): number => {
  const depth = wrappersAround(inner);
  return depth > 0 ? (depth + 1) / depth : 1;
};
function wrappersAround({ def, config }: InnerLayer): number {
  if (def.home === "keras") return 1;
  if (def.name !== "TimeDistributed") return 0;
  const inside = wrappersAround(layerIn(config.layer as LayerConfig));
  return inside > 0 ? inside + 1 : 0;
}

function applying(inner: Inside, own: Own): Apply {
  const { def, config } = inner;
  return (b, x, mask, weights) => {
    const heeds = def.call && "mask" in def.call && heedsMasks({ def, older: own.older });
    const args = { ...noArguments<Node>(inner), ...(heeds && { mask }) };
    return listOf(def.lower(b, config, x, weights, { ...own, masks: [mask], args }))[0];
  };
}

/** A step of its own for each: what they draw and assign comes one after the other. */
function unrolled(b: Builder, x: Node, mask: Mask, weights: Given, apply: Apply): Node {
  const [n, steps] = x.shape;
  const variables = Object.entries(weights).map(([key, w]) => [key, w && b.variableOf(w)] as const);
  const at = (y: Node, k: number): Node => b.reshape(b.slice(y, 1, k, k + 1), [n, ...y.shape.slice(2)]);
  const made = Array.from({ length: steps as number }, (_, k) => {
    const now = variables.map(([key, v]) => [key, v && b.current(v)] as const);
    const y = apply(b, at(x, k), mask && at(mask, k), Object.fromEntries(now));
    return b.reshape(y, [n, 1, ...y.shape.slice(1)]);
  });
  return b.concat(made, 1);
}

/** One loop over all steps. */
function looped(b: Builder, x: Node, mask: Mask, weights: Given, apply: Apply): Node {
  const given = Object.entries(weights).filter((entry): entry is [string, Node] => entry[1] !== undefined);
  let shape: Node["shape"] = [];
  const run = scan(b, {
    initial: [],
    sequences: mask ? [x, mask] : [x],
    constants: given.map(([, node]) => node),
    step(inner, _states, [now, counts], constants) {
      const held = given.map(([key], k) => [key, constants[k]] as const);
      const y = apply(inner, now, counts, Object.fromEntries(held));
      ({ shape } = y);
      return [inner.reshape(y, [y.shape[0], widthOf(y.shape)])];
    },
  });
  return b.reshape(run.all(0), [x.shape[0], x.shape[1], ...shape.slice(1)]);
}

/** One step, made for nothing but to look at it. */
function trialOf(b: Builder, x: Node, mask: Mask, weights: Given, apply: Apply): Builder {
  const trial = new Builder(b.training);
  trial.from = b.from;
  const stand = (node: Node): Node => trial.input(`${node.id}`, node.shape) as unknown as Node;
  const at = (y: Node): Node =>
    trial.reshape(trial.slice(stand(y), 1, 0, 1), [y.shape[0], ...y.shape.slice(2)]);
  const held = Object.entries(weights).map(([key, w]) => {
    const variable = w && b.variableOf(w);
    return [key, variable && trial.variable(variable)] as const;
  });
  apply(trial, at(x), mask && at(mask), Object.fromEntries(held));
  return trial;
}

/** The inner layer on every step. */
function distributed(b: Builder, inner: Inside, x: Node, mask: Mask, weights: Given, own: Own): Node {
  const { def, config } = inner;
  const apply = applying(inner, own);
  const quiet = applying(inner, { ...own, penalise: () => undefined });
  if (def.leading_axes?.(config)) return b.anew(apply(b, x, mask, weights));
  const { assigns, nodes } = trialOf(b, x, mask, weights, quiet);
  if (own.older && assigns.length > 0) return b.anew(inOneBatch(b, inner, x, mask, weights, own));
  // steps that depend on each other, or that hold a loop of their own
  return def.penalises?.(config) ||
    assigns.length > 0 ||
    nodes.some(({ op }) => op === "random" || op === "scan")
    ? unrolled(b, x, mask, weights, apply)
    : looped(b, x, mask, weights, apply);
}

/**
 * Keras 1 and 2 take the steps of all samples for one batch: what a layer learns from a batch comes of them all. A model
 * they run a second time, for its mask, so that what it remembers moves twice.
 */
function inOneBatch(b: Builder, inner: Inside, x: Node, mask: Mask, weights: Given, own: Own): Node {
  const { def, name } = inner;
  if (def.counts_samples) return applying(inner, { ...own, sample_axes: 1 })(b, x, mask, weights);
  throw new ModelError({
    code: "unsupported-option",
    message: `TimeDistributed over ${def.name} "${name}" cannot be trained as Keras 2 does, which takes all steps for one batch.`,
    expected: "a layer whose training does not depend on the batch, or BatchNormalization itself",
    received: `${def.name} with weights that training sets`,
  });
}

export default defineLayer({
  name: "TimeDistributed",
  doc: "a layer applied to every step, with the same weights",
  config: { layer: innerLayer() },
  call: { mask: tensor },
  supports_masking: true,
  builds: true,
  complete(c, wrong) {
    const why = notOnOneTensor(layerIn(c.layer));
    if (why) wrong("layer", "a layer that is called on one tensor", why);
    return c;
  },
  trains_parts: true,
  older: { settle: frozenInside, masks_since: { heeds: ASKS_INSIDE }, freezes_since: { keras: 20104 } },
  parts: (c) => ({ layer: layerIn(c.layer) }),
  penalises: (c) => penalises(layerIn(c.layer)),
  // penalties are divided by the steps
  leading_axes({ layer }) {
    const inner = layerIn(layer);
    return !penalises(inner) && inner.def.leading_axes?.(inner.config) === true;
  },
  build_draws(c) {
    const { def, config, name } = layerIn(c.layer);
    return (def.build_draws?.(config) ?? []).map((key) => `${name}/${key}`);
  },
  output(c, x, misfit) {
    if (x.length < 3) misfit("3 dimensions or more, the batch and steps first", `shape ${formatShape(x)}`);
    const inner = layerIn(c.layer) as Inside;
    const [y, ...others] = shapesIn(inner.def.output(inner.config, stepOf(x), misfit, noArguments(inner)));
    if (others.length) misfit("a layer with one output", `${1 + others.length} outputs of ${inner.def.name}`);
    return [y[0], x[1], ...y.slice(1)];
  },
  reports(c, outputs, [x]) {
    const inner = layerIn(c.layer) as Inside;
    const { reports } = inner.def;
    const steps = outputs.map(stepOf);
    const said = reports?.(inner.config, steps, [stepOf(x)], noArguments(inner)) ?? steps;
    return said.map((y) => [y[0], x[1], ...y.slice(1)]);
  },
  weights(c, x): ReturnType<typeof outerWeights> {
    const inner = layerIn(c.layer) as Inside;
    return outerWeights(
      inner,
      "layer",
      inner.def.weights?.(inner.config, stepOf(x), noArguments(inner)) ?? {},
    );
  },
  lower(b, c, x, w, extra) {
    const inner = layerIn(c.layer) as Inside;
    const own = within(inner, x.shape[1] as number, extra);
    const mask = loopsOverSteps(extra) ? undefined : extra.args.mask;
    const y = distributed(b, inner, x, mask, innerWeights(inner, w), own);
    const regularizer = inner.config.activity_regularizer as RegularizerConfig | null | undefined;
    // Keras 3 does not ask the layer itself
    if (regularizer && extra.older) own.penalise(regularizer, y);
    return y;
  },
  mask_nodes: (_c, { masks }) => masks[0],
  mask: (b, c, x, mask, extra) => distributedMask(layerIn(c.layer), { x, mask }, { b, extra, lead: 2 }),
});
