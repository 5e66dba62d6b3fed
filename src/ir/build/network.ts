import type { Diagnostic } from "../../diagnostics.ts";
import { layerTable } from "../layers/index.ts";
import type { OlderKeras } from "../fields.ts";
import type { Layer, Model } from "../model.ts";
import type { ModelSpec } from "../spec.ts";
import { functional } from "./functional.ts";
import { connect, knownElsewhere, knownInput, stack } from "./sequential.ts";
import type { Site } from "./site.ts";

interface Given extends Pick<Site, "layers" | "draw"> {
  readonly older: OlderKeras | undefined;
}

/** Where a model is built, nothing being there yet. */
export function newSite({ older, ...given }: Given): Site {
  const site: Site = {
    ...given,
    problems: [],
    paths: new Set(),
    shared: new Map<number, Layer>(),
    made: new Map(),
    held: new Set(),
    ...(older && { older }),
    build: (inner, path) => buildModel(inner, path, site),
    waiting: new Map(),
  };
  return site;
}

export function buildModel(spec: ModelSpec, path: string, site: Site): Model {
  if (spec.class_name === "Functional") return functional(spec, path, site);
  const layers = stack(spec, path, site);
  const shape = knownInput(layers, spec);
  if (shape) connect(layers, shape, "", site);
  else {
    if (path === "") knownElsewhere(layers, site);
    site.waiting.set(layers.model, (given, scope) => connect(layers, given, scope, site));
  }
  return layers.model;
}

/** The model that a layer holds, from its validated spec; what is wrong with it goes to `problems`. */
export function heldModel(spec: ModelSpec, older?: OlderKeras, problems: Diagnostic[] = []): Model {
  const site = newSite({ layers: layerTable, draw: () => undefined, older });
  const model = buildModel(spec, "", site);
  problems.push(...site.problems);
  return model;
}
