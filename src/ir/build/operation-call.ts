import { internal } from "../../diagnostics.ts";
import { boundArguments } from "../bound-arguments.ts";
import { layerTable } from "../layers/index.ts";
import type { Call, Layer, Passed, Value } from "../model.ts";
import { NUMPY } from "../operations/operation.ts";
import { outputShapes } from "./call.ts";
import { resolveLayer } from "./resolve.ts";
import type { Draft } from "./site.ts";

/** A call of an operation as a node of its own, under a name that no layer of its model has. */
export function operationCall(
  class_name: string,
  config: Readonly<Record<string, unknown>>,
  given: readonly Passed[],
  name: string,
): Call {
  const spec = { class_name: `${NUMPY}.${class_name}`, name, auto_name: true, config, calls: [], at: {} };
  const resolved = resolveLayer(spec, name, layerTable, []);
  if (!resolved) throw internal(`no operation ${class_name} with ${JSON.stringify(config)}`);
  const { def } = resolved;
  const names = Object.keys(def.call ?? {});
  const args = Object.fromEntries(given.map((passed, k) => [names[k], passed]));
  const shapes = outputShapes(
    def,
    resolved.config,
    [],
    boundArguments(def, args, ({ shape }) => shape),
  );
  const types = boundArguments(def, args, (value) => value.dtype);
  const dtype = typeof def.dtype === "function" ? def.dtype(resolved.config, types) : def.dtype;
  const outputs = shapes.map((shape, tensor): Value => ({
    kind: "value",
    layer: name,
    node: 0,
    tensor,
    shape,
    dtype: dtype ?? "float32",
  }));
  const layer: Draft<Layer> = {
    ...{ name, auto_name: true, class_name: def.name, def, config: resolved.config, at: {} },
    ...{ trainable: true, dtype: "float32", weights: [], built: true, calls: [] },
  };
  const call: Call = { layer, node: 0, inputs: [], args, positional: given.length, outputs };
  layer.calls = [call];
  return call;
}
