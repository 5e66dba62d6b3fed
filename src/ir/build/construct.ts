import type { InitializerConfig } from "../config.ts";
import { drawsSeed } from "../fields/initializer.ts";
import type { Raw } from "../fields/read.ts";
import type { LayerDef } from "../layer.ts";
import { fieldsOf } from "../layers/base.ts";
import type { Layer, Model } from "../model.ts";
import type { LayerSpec } from "../spec.ts";
import { checkHeld } from "./held.ts";
import { type Resolved, resolveLayer } from "./resolve.ts";
import { type Draft, join, type Site } from "./site.ts";

/** A layer under construction with what only its build needs. */
export interface Part {
  readonly layer: Draft<Layer>;
  readonly spec: LayerSpec;
  /** Names of models and layers that lead here from the outermost model, without that one's. */
  readonly path: string;
  /** Seeds drawn for its unseeded random initializers. */
  readonly seeds: ReadonlyMap<InitializerConfig, number | undefined>;
  /** The next seed that it draws. */
  draw(): number | undefined;
  /** False when its class or config is at fault: nothing that depends on it is looked at. */
  readonly sound: boolean;
}

/** The layer object of a spec, its seeds drawn, its weights and calls still missing. */
export function construct(spec: LayerSpec, parent: string, site: Site): Part {
  const path = join(parent, spec.name);
  const origin = spec.id === undefined ? undefined : site.shared.get(spec.id);
  const draw = drawsOf(spec, site);
  if (origin)
    return { layer: { ...origin, calls: [], origin }, spec, path, seeds: new Map(), draw, sound: true };
  const model = spec.model && site.build(spec.model, path);
  const resolved = spec.model ? undefined : resolvedIn(spec, path, site);
  if (resolved) checkHeld(spec, path, resolved, site);
  const drawn = resolved ? drawSeeds(resolved, draw) : { seeds: new Map<InitializerConfig, number>() };
  const { seeds, ...own } = drawn;
  const layer = { ...newLayer(spec, resolved, model), ...own, ...(site.older && { older: site.older }) };
  if (spec.id !== undefined) site.shared.set(spec.id, layer);
  return { layer, spec, path, seeds, draw, sound: Boolean(resolved ?? model) };
}

const resolvedIn = (spec: LayerSpec, path: string, site: Site): Resolved | undefined =>
  spec.whole
    ? { def: site.layers.get(spec.class_name)!, config: spec.config }
    : resolveLayer(spec, path, site.layers, site.problems, site.checks);

function newLayer(spec: LayerSpec, resolved: Resolved | undefined, model: Model | undefined): Draft<Layer> {
  const config = resolved?.config ?? {};
  return {
    name: spec.name,
    auto_name: spec.auto_name,
    class_name: resolved?.def.name ?? model?.class_name ?? spec.class_name,
    ...(resolved && { def: resolved.def }),
    config,
    ...(model && { model }),
    trainable: model ? model.trainable : config.trainable !== false && spec.trainable !== false,
    ...(spec.trainable === false && { frozen: true }),
    dtype: typeof config.dtype === "string" ? config.dtype : "float32",
    weights: [],
    built: model ? model.built : !resolved?.def.weights,
    calls: [],
    ...(spec.id !== undefined && { id: spec.id }),
    ...(spec.keras1 && { keras1: spec.keras1 }),
    at: spec.at,
  };
}

/** What may draw a seed when a layer is constructed: an initializer, or the random numbers of a layer inside it. */
type Drawer =
  { readonly initializer: InitializerConfig } | { readonly part: string; readonly seed: number | null };
interface Drawing {
  readonly drawer: Drawer;
  /** Where the seeds come from. */
  next(): number | undefined;
}

/** All that draw seeds or were given one, in Keras's order; "" is the layer itself. */
function drawings(def: LayerDef, config: Raw, next: Drawing["next"], part = ""): Drawing[] {
  const fields = fieldsOf(def);
  const held = Object.keys(fields).filter((key) => fields[key].initializer);
  const initializers = held.map((key) => config[key] as InitializerConfig).filter(drawsSeed);
  const seed = def.build_draws?.(config).includes("seed") ? undefined : def.seed?.(config);
  const own = seed === undefined ? [] : [{ part, seed }];
  const weights = initializers.map((initializer) => ({ initializer }));
  const drawers: Drawer[] = def.seeds_first ? [...own, ...weights] : [...weights, ...own];
  const inner = Object.entries(def.parts?.(config) ?? {}).flatMap(([key, { draws, ...held }]) => {
    const drawn = draws?.values();
    const path = part ? `${part}/${key}` : key;
    return drawings(held.def, held.config, drawn ? () => drawn.next().value : next, path);
  });
  return [...drawers.map((drawer) => ({ drawer, next })), ...inner];
}

/** Where a layer's seeds come from: those its source drew, or the model's. */
function drawsOf(spec: LayerSpec, site: Site): () => number | undefined {
  const given = spec.draws?.values();
  return () => (given ? given.next().value : site.draw());
}

type Drawn = Pick<Layer, "seed" | "part_seeds"> & {
  readonly seeds: Map<InitializerConfig, number | undefined>;
};

function drawSeeds({ def, config }: Resolved, draw: () => number | undefined): Drawn {
  const seeds = new Map<InitializerConfig, number | undefined>();
  const own = new Map<string, number>();
  for (const { drawer, next } of drawings(def, config, draw)) {
    if ("initializer" in drawer) seeds.set(drawer.initializer, next());
    else {
      const seed = drawer.seed ?? next();
      if (seed !== undefined) own.set(drawer.part, seed);
    }
  }
  const seed = own.get("");
  own.delete("");
  return {
    seeds,
    ...(seed !== undefined && { seed }),
    ...(own.size > 0 && { part_seeds: Object.fromEntries(own) }),
  };
}

/** How many seeds a layer with this validated config draws when it is constructed. */
export function drawCount(def: LayerDef, config: Raw): number {
  const draw = (): undefined => undefined;
  const all = drawings(def, config, draw).filter(({ next }) => next === draw);
  return all.filter(({ drawer }) => "initializer" in drawer || drawer.seed === null).length;
}

/** How many seeds such a layer draws when it is built. */
export function buildDrawCount(def: LayerDef, config: Raw): number {
  const fields = Object.entries(fieldsOf(def)).filter(([, { initializer }]) => initializer);
  const late = fields.filter(([key]) => (config[key] as InitializerConfig).late);
  return (def.build_draws?.(config).length ?? 0) + late.length;
}
