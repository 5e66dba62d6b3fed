import { type Diagnostic, ModelError } from "../diagnostics.ts";
import { drawCount } from "./build/construct.ts";
import { functional } from "./build/functional.ts";
import { resolveLayer } from "./build/resolve.ts";
import { connect, knownInput, stack } from "./build/sequential.ts";
import type { Site } from "./build/site.ts";
import { type LayerTable, layerTable } from "./layers/index.ts";
import type { Layer, Model } from "./model.ts";
import { pythonRandom } from "./random/python-random.ts";
import type { ModelSpec } from "./spec.ts";

export interface BuildOptions {
  /** Python's seed, from which layers that were given none draw theirs when they are constructed. */
  readonly seed?: number;
  /** The layers that models may use; Keras's own where absent. */
  readonly layers?: LayerTable;
}

/** What a spec means: layers looked up, configs validated, shapes inferred, weights listed. Throws every problem at once. */
export function build(spec: ModelSpec, { seed, layers = layerTable }: BuildOptions = {}): Model {
  const random = seed === undefined ? undefined : pythonRandom(seed);
  const site: Site = {
    layers,
    problems: [],
    paths: new Set(),
    draw: () => random?.randint(1, 10 ** 9),
    shared: new Map<number, Layer>(),
    build: (inner, path) => buildModel(inner, path, site),
    waiting: new Map(),
  };
  const model = buildModel(spec, "", site);
  if (site.problems.length) throw new ModelError(site.problems);
  return model;
}

function buildModel(spec: ModelSpec, path: string, site: Site): Model {
  if (spec.class_name === "Functional") return functional(spec, path, site);
  const layers = stack(spec, path, site);
  const shape = knownInput(layers, spec);
  if (shape) connect(layers, shape, "", site);
  else site.waiting.set(layers.model, (given, scope) => connect(layers, given, scope, site));
  return layers.model;
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
  const problems: Diagnostic[] = [];
  const spec = { class_name: className, name: className, auto_name: true, config, calls: [], at: {} };
  const resolved = resolveLayer(spec, className, layers, problems);
  return resolved ? drawCount(resolved.def, resolved.config) : 0;
}
