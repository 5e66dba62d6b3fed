import type { InitializerConfig } from "../config.ts";
import { drawsSeed } from "../fields/initializer.ts";
import type { Raw } from "../fields/read.ts";
import type { LayerDef } from "../layer.ts";
import { fieldsOf } from "../layers/base.ts";
import type { Layer, Model } from "../model.ts";
import type { LayerSpec } from "../spec.ts";
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
  const resolved = spec.model ? undefined : resolveLayer(spec, path, site.layers, site.problems, site.checks);
  const drawn = resolved ? drawSeeds(resolved, draw) : { seeds: new Map<InitializerConfig, number>() };
  const layer = newLayer(spec, resolved, model, drawn.seed);
  if (spec.id !== undefined) site.shared.set(spec.id, layer);
  return { layer, spec, path, seeds: drawn.seeds, draw, sound: Boolean(resolved ?? model) };
}

function newLayer(
  spec: LayerSpec,
  resolved: Resolved | undefined,
  model: Model | undefined,
  seed: number | undefined,
): Draft<Layer> {
  const config = resolved?.config ?? {};
  return {
    name: spec.name,
    auto_name: spec.auto_name,
    class_name: resolved?.def.name ?? model?.class_name ?? spec.class_name,
    ...(resolved && { def: resolved.def }),
    config,
    ...(model && { model }),
    trainable: model ? model.trainable : config.trainable !== false,
    dtype: typeof config.dtype === "string" ? config.dtype : "float32",
    weights: [],
    ...(seed !== undefined && { seed }),
    built: model ? model.built : !resolved?.def.weights,
    calls: [],
    at: spec.at,
  };
}

/** Unseeded random initializers of a config in the order in which they draw. */
function drawers(def: LayerDef, config: Raw): InitializerConfig[] {
  const fields = fieldsOf(def);
  const held = Object.keys(fields).filter((key) => fields[key].initializer);
  return held.map((key) => config[key] as InitializerConfig).filter(drawsSeed);
}

/** Where a layer's seeds come from: those its source drew, or the model's. */
function drawsOf(spec: LayerSpec, site: Site): () => number | undefined {
  const given = spec.draws?.values();
  return () => (given ? given.next().value : site.draw());
}

function drawSeeds(
  { def, config }: Resolved,
  draw: () => number | undefined,
): { seeds: Map<InitializerConfig, number | undefined>; seed?: number } {
  const seeds = new Map(drawers(def, config).map((initializer) => [initializer, draw()]));
  const own = def.seed?.(config);
  const later = def.build_draws?.(config).includes("seed") === true;
  const seed = own === null ? (later ? undefined : draw()) : own;
  return { seeds, ...(seed !== undefined && { seed }) };
}

/** How many seeds a layer with this validated config draws when it is constructed. */
export function drawCount(def: LayerDef, config: Raw): number {
  const later = def.build_draws?.(config).includes("seed") === true;
  return drawers(def, config).length + (def.seed?.(config) === null && !later ? 1 : 0);
}

/** How many seeds such a layer draws when it is built. */
export const buildDrawCount = (def: LayerDef, config: Raw): number => def.build_draws?.(config).length ?? 0;
