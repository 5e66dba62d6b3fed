import { internal } from "../../diagnostics.ts";
import { boundArguments } from "../bound-arguments.ts";
import type { Bound, CallArguments } from "../call-arguments.ts";
import { isPartFrozen } from "../frozen-parts.ts";
import {
  type Call,
  inputName,
  isSource,
  type Layer,
  leaves,
  type Model,
  objectOf,
  type Passed,
  reportedShape,
  type Value,
  valuesIn,
  type Weight,
} from "../model.ts";
import type { NestOf } from "../spec.ts";
import { formatShape, type Shape } from "../tensor.ts";
import { type LayerDef, shapesIn, type WeightSpec, type WeightSpecs } from "../layer.ts";
import { originOf } from "../layers/wrappers/inner.ts";
import { remembers } from "../variables.ts";
import type { Part } from "./construct.ts";
import { anyReported, differing, reportedShapes } from "./reported.ts";
import { innerShapes } from "./shapes.ts";
import { called, type Draft, join, misfit, MisfitError, placed, type Site, unique } from "./site.ts";

/** Where weights made now are put: Keras's name scope at this moment. */
export interface Moment {
  readonly site: Site;
  readonly scope: string;
}

/** What a call is made with besides its input. */
export type Rest = Partial<Pick<Call, "args" | "positional" | "training" | "silent" | "number">>;

/**
 * Calls a layer: its output values; its weights are made at the first call. Undefined where a problem was reported.
 */
export function callLayer(
  part: Part,
  inputs: NestOf<Value>,
  moment: Moment,
  rest: Rest = {},
): Call | undefined {
  try {
    const made = part.layer.model
      ? modelShapes(part.layer, part.layer.model, inputs, moment)
      : ownShapes(part, inputs, rest.args ?? {}, moment);
    return record(part, inputs, made, rest);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    // a model inside that could not be built said why
    if (part.layer.model?.built === false && moment.site.problems.length > 0) return undefined;
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

/** The shapes of a call's outputs, and those that Keras 3 says they have. */
interface Outputs {
  readonly shapes: readonly Shape[];
  readonly reported: readonly (Shape | undefined)[];
}

function record(part: Part, inputs: NestOf<Value>, { shapes, reported }: Outputs, rest: Rest): Call {
  const { layer } = part;
  const node = layer.calls.length;
  const dtype = dtypeOf(layer, rest.args ?? {});
  const outputs = shapes.map((shape, tensor): Value => ({
    kind: "value",
    layer: layer.name,
    node,
    tensor,
    shape,
    ...differing(reported[tensor], shape),
    dtype,
  }));
  const call: Call = { layer, node, inputs, args: {}, positional: 1, outputs, ...rest };
  layer.calls = [...layer.calls, call];
  return call;
}

/** The type of what a call gives out. */
function dtypeOf(layer: Layer, args: Call["args"]): string {
  if (isSource(layer)) return layer.dtype;
  const dtype = layer.def?.dtype ?? "float32";
  if (typeof dtype === "string") return dtype;
  return dtype(
    layer.config,
    boundArguments(layer.def!, args, (value) => value.dtype),
  );
}

/** What a layer is called on, as shapes. */
interface Given {
  readonly x: Shape | readonly Shape[];
  readonly args: Bound<CallArguments, Shape>;
}

/** The output shapes of a plain layer, built if this is its first call: Keras builds it for the shapes that it says. */
function ownShapes(
  part: Part,
  inputs: NestOf<Value>,
  args: Readonly<Record<string, Passed>>,
  moment: Moment,
): Outputs {
  const { layer } = part;
  const def = layer.def!;
  const givenBy = (shapeOf: (value: Value) => Shape): Given => ({
    x: argument(def, leaves(inputs).map(shapeOf)),
    args: boundArguments(def, args, (value) =>
      "kind" in value && value.kind === "value" ? shapeOf(value) : value.shape,
    ),
  });
  const said = givenBy(reportedShape);
  const told = anyReported([...leaves(inputs), ...Object.values(args).flatMap(valuesIn)]);
  const rule = told && def.says ? reportedShapes : outputShapes;
  const shapes = rule(def, layer.config, said.x, said.args);
  if (moment.site.older)
    def.older?.fits?.(layer.config, leaves(inputs).map(reportedShape), moment.site.older, misfit);
  builtFor(part, said, args, moment);
  checkWeights(part, def, said);
  const reported = moment.site.older ? [] : reportedShapes(def, layer.config, said.x, said.args);
  if (!told) return { shapes, reported };
  return {
    shapes: trueShapes(
      part,
      givenBy((value) => value.shape),
      shapes,
    ),
    reported,
  };
}

/** Makes the weights of a layer at its first call. */
function builtFor(part: Part, given: Given, args: Readonly<Record<string, Passed>>, moment: Moment): void {
  const { layer } = part;
  const first = objectOf(layer);
  if (first.build_shapes === undefined) {
    if (remembers(layer)) assertBatch(given.x);
    const build_shapes = buildShapes(layer, given.x, args);
    const built = { built: true, build_shapes, weights: makeWeights(part, layer.def!, given, moment) };
    Object.assign(layer, built);
    if (layer.origin) Object.assign(layer.origin, built);
  } else if (layer !== first) {
    Object.assign(layer, { built: true, build_shapes: first.build_shapes, weights: first.weights });
  }
}

/** What a layer makes of the shapes that its inputs have; those that Keras says where it cannot run. */
function trueShapes(part: Part, given: Given, said: readonly Shape[]): readonly Shape[] {
  const { layer } = part;
  try {
    checkWeights(part, layer.def!, given);
    return outputShapes(layer.def!, layer.config, given.x, given.args);
  } catch (error) {
    if (!(error instanceof MisfitError)) throw error;
    const { expected, received } = error;
    layer.fails = { expected, received };
    return said;
  }
}

/** What is remembered of every row needs a place for it. */
function assertBatch(x: Shape | readonly Shape[]): void {
  const [batch] = x;
  if (batch !== null) return;
  const hint = "Give the model an Input with batch_shape or batch_size, or set stateful to False.";
  misfit("a batch of a known size, as the layer is stateful", `shape ${formatShape(x as Shape)}`, hint);
}

/** The shapes of a first call as Keras keeps them: one, or those of every tensor argument but masks by name. */
function buildShapes(
  layer: Layer,
  x: Shape | readonly Shape[],
  args: Readonly<Record<string, Passed>>,
): NonNullable<Layer["build_shapes"]> {
  const others = Object.entries(args).flatMap(([key, passed]): [string, NestOf<Shape>][] => {
    const shapes = valuesIn(passed).map((value) => value.shape);
    if (shapes.length === 0 || key.endsWith("mask")) return [];
    return [[`${key}_shape`, Array.isArray(passed) ? shapes : shapes[0]]];
  });
  return others.length
    ? { shapes_dict: { [`${inputName(layer)}_shape`]: x, ...Object.fromEntries(others) } }
    : { input_shape: x };
}

/** The output shapes of a nested model, which its first call may build. */
function modelShapes(
  layer: Draft<Layer>,
  model: Model,
  inputs: NestOf<Value>,
  { site, scope }: Moment,
): Outputs {
  if (!model.built) {
    const [first] = leaves(inputs);
    site.waiting.get(model)?.(first.shape, scope);
    layer.built = model.built;
  }
  if (!model.built && model.layers.length === 0) return misfit("a model with layers", "one without any");
  if (!model.built)
    return misfit("a model that can be built from this input", formatShape(leaves(inputs)[0].shape));
  const shapes = innerShapes(model, inputs, misfit);
  const own = leaves(model.outputs);
  return {
    shapes,
    reported: own.map((value, k) => (`${value.shape}` === `${shapes[k]}` ? value.reported : undefined)),
  };
}

/** One shape, or the list of them that a merging layer takes. */
export function argument(def: LayerDef, shapes: readonly Shape[]): Shape | readonly Shape[] {
  if (def.arity === "many") return shapes;
  if (def.source) return [];
  return shapes.length === 1 ? shapes[0] : misfit("one input", `${shapes.length} inputs`);
}

export function outputShapes(
  def: LayerDef,
  config: Readonly<Record<string, unknown>>,
  x: Shape | readonly Shape[],
  args: Bound<CallArguments, Shape>,
): readonly Shape[] {
  const shapes = shapesIn(
    def.arity === "many"
      ? def.output(config, x as readonly Shape[], misfit, args)
      : def.output(config, x as Shape, misfit, args),
  );
  for (const shape of shapes)
    if (!shape.every((d) => d === null || d <= Number.MAX_SAFE_INTEGER))
      misfit(`outputs of sizes up to ${Number.MAX_SAFE_INTEGER}`, `shape ${formatShape(shape)}`);
  return shapes;
}

function declared(part: Part, def: LayerDef, { x, args }: Given): WeightSpecs {
  const { config } = part.layer;
  return (
    (def.arity === "many"
      ? def.weights?.(config, x as readonly Shape[], args)
      : def.weights?.(config, x as Shape, args)) ?? {}
  );
}

function makeWeights(part: Part, def: LayerDef, given: Given, { site, scope }: Moment): Weight[] {
  const path = join(scope, part.layer.name);
  const { config, older } = part.layer;
  const drawn = drawnAtBuild(part, def);
  return Object.entries(declared(part, def, given)).flatMap(([name, spec]): Weight[] => {
    if (!spec) return [];
    if (!spec.shape.every((d) => Number.isInteger(d) && d >= 0))
      throw internal(`${def.name} made a weight of shape [${spec.shape.join()}]`);
    if (!Number.isSafeInteger(spec.shape.reduce((a, d) => a * d, 1)))
      misfit(`up to ${Number.MAX_SAFE_INTEGER} elements of ${name}`, `shape [${spec.shape.join(", ")}]`);
    const place = { name, layer: part.path, ...(spec.holder !== undefined && { holder: spec.holder }) };
    const origin = spec.origin ?? originOf(part.spec.id, name);
    const known = origin === undefined ? undefined : site.made.get(origin);
    if (known) return [{ ...sameWeight(known, spec), ...place }];
    const { late } = spec.initializer;
    const seed = drawn.has(name) ? drawn.get(name) : late ? part.draw() : part.seeds.get(spec.initializer);
    const weight: Weight = {
      path: unique(spec.path ?? join(path, name), site.paths),
      shape: spec.shape,
      dtype: "float32",
      initializer: spec.initializer,
      ...(spec.pieces && { pieces: spec.pieces }),
      ...(seed !== undefined && { seed }),
      regularizer: spec.regularizer ?? null,
      constraint: spec.constraint ?? null,
      trainable: (spec.trainable ?? true) && !isPartFrozen({ def, config }, spec.holder, older),
      ...(spec.adapted && { adapted: spec.adapted }),
      ...place,
    };
    if (origin !== undefined) site.made.set(origin, weight);
    return [weight];
  });
}

/** The weight of a layer object that stands in a second place. */
function sameWeight({ holder: _other, ...weight }: Weight, { shape }: WeightSpec): Omit<Weight, "holder"> {
  if (`${weight.shape}` === `${shape}`) return weight;
  return misfit(
    `the input that its ${weight.path} of shape [${weight.shape.join(", ")}] was made for`,
    `one that needs [${shape.join(", ")}]`,
  );
}

/** Seeds that the layer draws only now, its own among them. */
function drawnAtBuild(part: Part, def: LayerDef): Map<string, number | undefined> {
  const drawn = new Map((def.build_draws?.(part.layer.config) ?? []).map((name) => [name, part.draw()]));
  const own = drawn.get("seed");
  if (own !== undefined) part.layer.seed = own;
  return drawn;
}

/** A later call must want the weights that the first one made. */
function checkWeights(part: Part, def: LayerDef, given: Given): void {
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
