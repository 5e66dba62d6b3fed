import type { Diagnostic } from "../diagnostics.ts";
import { resolveLayer } from "../ir/build/resolve.ts";
import { join } from "../ir/build/site.ts";
import type { Refused } from "../ir/fields/read.ts";
import type { LayerDef } from "../ir/layer.ts";
import { type LayerTable, layerTable } from "../ir/layers/index.ts";
import type { ModelSpec } from "../ir/spec.ts";
import { schemas } from "./schemas.gen.js";

/** The keys of a config that the compiled schemas of its layer's fields refuse; undefined for layers that have none. */
export function compiledCheck(className: string): Refused | undefined {
  const fields = schemas.get(className);
  return fields && ((config) => new Set(Object.keys(config).filter((key) => !fields[key](config[key]))));
}

/** Every problem with the classes and configs of a spec's layers, nested models included. */
export function validate(spec: ModelSpec, layers: LayerTable = layerTable): Diagnostic[] {
  const problems: Diagnostic[] = [];
  // an operation of Keras may be called as a layer is
  const check = (def: LayerDef): Refused | undefined =>
    layerTable.get(def.name) === def ? compiledCheck(def.name) : undefined;
  const visit = (model: ModelSpec, parent: string): void => {
    for (const layer of model.layers) {
      const path = join(parent, layer.name);
      if (layer.model) visit(layer.model, path);
      else resolveLayer(layer, path, layers, problems, check);
    }
  };
  visit(spec, "");
  return problems;
}
