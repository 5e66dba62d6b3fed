import { internal } from "../../diagnostics.ts";
import { type Call, isSource, type Layer, leaves, type Model, type Value, type Weight } from "../model.ts";
import type { NestOf } from "../spec.ts";
import { formatShape, type Shape } from "../tensor.ts";
import type { LayerDef, WeightSpecs } from "../layer.ts";
import type { Part } from "./construct.ts";
import { innerShapes } from "./shapes.ts";
import { called, type Draft, join, misfit, MisfitError, placed, type Site, unique } from "./site.ts";

/** Where weights made now are put: Keras's name scope at this moment. */
export interface Moment {
  readonly site: Site;
  readonly scope: string;
}

/**
 * Calls a layer: its output values; its weights are made at the first call. Undefined where a problem was reported.
 */
export function callLayer(
  part: Part,
  inputs: NestOf<Value>,
  moment: Moment,
  training?: boolean,
): Call | undefined {
  try {
    const shapes = part.layer.model
      ? modelShapes(part.layer, part.layer.model, inputs, moment)
      : [ownShape(part, inputs, moment)];
    return record(part, inputs, shapes, training);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    const message = `The input of ${called(part.layer.class_name, part.path)} does not fit.`;
    const { expected, received, hint } = error;
    const at = placed(part.spec.at, part.path);
    moment.site.problems.push({
      code: "shape-mismatch",
      message,
      at,
      expected,
      received,
      ...(hint && { hint }),
    });
    return undefined;
  }
}

function record(part: Part, inputs: NestOf<Value>, shapes: readonly Shape[], training?: boolean): Call {
  const { layer } = part;
  const node = layer.calls.length;
  const dtype = isSource(layer) ? layer.dtype : "float32";
  const outputs = shapes.map((shape, tensor): Value => ({
    kind: "value",
    layer: layer.name,
    node,
    tensor,
    shape,
    dtype,
  }));
  const call: Call = { layer, node, inputs, outputs, ...(training !== undefined && { training }) };
  layer.calls = [...layer.calls, call];
  return call;
}

/** The output shape of a plain layer, built if this is its first call. */
function ownShape(part: Part, inputs: NestOf<Value>, moment: Moment): Shape {
  const { layer } = part;
  const def = layer.def!;
  const given = argument(
    def,
    leaves(inputs).map((value) => value.shape),
  );
  const output = outputShape(def, layer.config, given);
  const first = layer.origin ?? layer;
  if (first.build_shapes === undefined) {
    const built = { built: true, build_shapes: given, weights: makeWeights(part, def, given, moment) };
    Object.assign(layer, built);
    if (layer.origin) Object.assign(layer.origin, built);
  } else if (layer !== first) {
    Object.assign(layer, { built: true, build_shapes: first.build_shapes, weights: first.weights });
  }
  checkWeights(part, def, given);
  return output;
}

/** The output shapes of a nested model, which its first call may build. */
function modelShapes(
  layer: Draft<Layer>,
  model: Model,
  inputs: NestOf<Value>,
  { site, scope }: Moment,
): Shape[] {
  if (!model.built) {
    const [first] = leaves(inputs);
    site.waiting.get(model)?.(first.shape, scope);
    layer.built = model.built;
  }
  return model.built
    ? innerShapes(model, inputs, misfit)
    : misfit("a model that can be built from this input", formatShape(leaves(inputs)[0].shape));
}

/** One shape, or the list of them that a merging layer takes. */
export function argument(def: LayerDef, shapes: readonly Shape[]): Shape | readonly Shape[] {
  if (def.arity === "many") return shapes;
  if (def.source) return [];
  return shapes.length === 1 ? shapes[0] : misfit("one input", `${shapes.length} inputs`);
}

export function outputShape(
  def: LayerDef,
  config: Readonly<Record<string, unknown>>,
  given: Shape | readonly Shape[],
): Shape {
  return def.arity === "many"
    ? def.output(config, given as readonly Shape[], misfit)
    : def.output(config, given as Shape, misfit);
}

function declared(part: Part, def: LayerDef, given: Shape | readonly Shape[]): WeightSpecs {
  const { config } = part.layer;
  return (
    (def.arity === "many"
      ? def.weights?.(config, given as readonly Shape[])
      : def.weights?.(config, given as Shape)) ?? {}
  );
}

function makeWeights(
  part: Part,
  def: LayerDef,
  given: Shape | readonly Shape[],
  { site, scope }: Moment,
): Weight[] {
  const path = join(scope, part.layer.name);
  return Object.entries(declared(part, def, given)).flatMap(([name, spec]): Weight[] => {
    if (!spec) return [];
    if (!spec.shape.every((d) => Number.isInteger(d) && d >= 0))
      throw internal(`${def.name} made a weight of shape [${spec.shape.join()}]`);
    const seed = part.seeds.get(spec.initializer);
    return [
      {
        name,
        path: unique(join(path, name), site.paths),
        shape: spec.shape,
        dtype: "float32",
        initializer: spec.initializer,
        ...(seed !== undefined && { seed }),
        regularizer: spec.regularizer ?? null,
        trainable: spec.trainable ?? true,
        layer: part.path,
      },
    ];
  });
}

/** A later call must want the weights that the first one made. */
function checkWeights(part: Part, def: LayerDef, given: Shape | readonly Shape[]): void {
  const specs = Object.entries(declared(part, def, given)).flatMap(([name, spec]) =>
    spec ? [[name, spec] as const] : [],
  );
  specs.forEach(([name, spec], k) => {
    const { shape } = part.layer.weights[k];
    if (`${shape}` !== `${spec.shape}`)
      misfit(
        `the input that its ${name} of shape [${shape.join(", ")}] was made for`,
        `one that needs [${spec.shape.join(", ")}]`,
      );
  });
}
