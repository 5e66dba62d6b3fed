import { byPlace, type Diagnostic, ModelError } from "../diagnostics.ts";
import { boundArguments } from "./bound-arguments.ts";
import { buildDrawCount, drawCount } from "./build/construct.ts";
import { buildModel, newSite } from "./build/network.ts";
import { type Resolved, resolveLayer } from "./build/resolve.ts";
import type { MaskSite } from "./layer.ts";
import { type LayerTable, layerTable } from "./layers/index.ts";
import type { Model } from "./model.ts";
import { pythonRandom } from "./random/python-random.ts";
import type { LayerSpec, ModelSpec } from "./spec.ts";

export interface BuildOptions {
  /** Python's seed, from which layers that were given none draw theirs when they are constructed. */
  readonly seed?: number;
  /** The layers that models may use; Keras's own where absent. */
  readonly layers?: LayerTable;
}

/** What a spec means: layers looked up, configs validated, shapes inferred, weights listed. Throws every problem at once. */
export function build(spec: ModelSpec, { seed, layers = layerTable }: BuildOptions = {}): Model {
  const random = seed === undefined ? undefined : pythonRandom(seed);
  const site = newSite({ layers, draw: () => random?.randint(1, 10 ** 9), older: spec.older });
  const model = buildModel(spec, "", site);
  if (site.problems.length) throw new ModelError(byPlace(site.problems));
  return spec.older ? { ...model, older: spec.older } : model;
}

/**
 * How many seeds Keras draws when it constructs a layer: one for each unseeded random initializer, then one for the
 * layer's own random numbers. 0 for a class or config that is at fault.
 */
export function constructionDraws(
  className: string,
  config: Readonly<Record<string, unknown>>,
  layers: LayerTable = layerTable,
): number {
  const resolved = resolvedAlone(className, config, layers);
  return resolved ? drawCount(resolved.def, resolved.config) : 0;
}

/** How many seeds Keras draws when a layer is called for the first time. 0 for a class or config that is at fault. */
export function buildDraws(
  className: string,
  config: Readonly<Record<string, unknown>>,
  layers: LayerTable = layerTable,
): number {
  const resolved = resolvedAlone(className, config, layers);
  return resolved ? buildDrawCount(resolved.def, resolved.config) : 0;
}

/** Classes of the parts that a layer makes at its first call without naming them. None for a class or config that is at fault. */
export function unnamedParts(
  className: string,
  config: Readonly<Record<string, unknown>>,
  layers: LayerTable = layerTable,
): readonly string[] {
  if (!layers.get(className)?.unnamed) return [];
  const resolved = resolvedAlone(className, config, layers);
  return resolved?.def.unnamed?.(resolved.config) ?? [];
}

/** How many tensors a call of a layer gives out; `args` are the plain arguments of the call. 1 for what is at fault. */
export function outputCount(
  className: string,
  config: Readonly<Record<string, unknown>>,
  args: Readonly<Record<string, string | number | boolean | null>>,
  layers: LayerTable = layerTable,
): number {
  if (!layers.get(className)?.outputs) return 1;
  const resolved = resolvedAlone(className, config, layers);
  const bound = resolved && boundArguments(resolved.def, args, (value) => value);
  return resolved?.def.outputs?.(resolved.config, bound!) ?? 1;
}

/** What a call gives out as Python has it: lists within the list where tensors belong together. */
export function grouped<T, G>(
  outputs: readonly T[],
  className: string,
  config: Readonly<Record<string, unknown>>,
  group: (together: readonly T[]) => G,
  layers: LayerTable = layerTable,
): readonly (T | G)[] {
  const resolved = layers.get(className)?.groups && resolvedAlone(className, config, layers);
  const sizes = resolved?.def.groups?.(resolved.config) ?? outputs.map(() => 1);
  const starts = sizes.map((_, k) => sizes.slice(0, k).reduce((sum, n) => sum + n, 0));
  return sizes.map((size, k) =>
    size === 1 ? outputs[starts[k]] : group(outputs.slice(starts[k], starts[k] + size)),
  );
}

/** The mask of what a symbolic call gives out, made by calls of operations; undefined where there is none. */
export function maskOf<T>(
  className: string,
  config: Readonly<Record<string, unknown>>,
  site: MaskSite<T>,
  layers: LayerTable = layerTable,
): T | undefined {
  const def = layers.get(className);
  if (!def?.supports_masking) return undefined;
  if (!def.mask_nodes) return def.mask ? undefined : site.masks[0];
  const resolved = resolvedAlone(className, config, layers);
  return resolved && def.mask_nodes(resolved.config, site);
}

/** Whether a layer takes the mask of its only input as an argument. */
export const takesMask = (className: string, layers: LayerTable = layerTable): boolean =>
  Object.hasOwn(layers.get(className)?.call ?? {}, "mask");

/** What is wrong with a layer by itself: its class and its config. */
export function layerProblems(spec: LayerSpec, layers: LayerTable = layerTable): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  resolveLayer(spec, spec.name, layers, problems);
  return problems;
}

function resolvedAlone(
  className: string,
  config: Readonly<Record<string, unknown>>,
  layers: LayerTable,
): Resolved | undefined {
  const problems: Diagnostic[] = [];
  const spec = { class_name: className, name: className, auto_name: true, config, calls: [], at: {} };
  return resolveLayer(spec, className, layers, problems);
}
