import { requiredIn } from "../call-arguments.ts";
import { INPUT_KEYS, saysInputDim } from "../layers/base.ts";
import { type Call, isSource, type Layer, leaves, mapNest, type Model, type Value } from "../model.ts";
import type { LayerSpec, ModelSpec, NestOf } from "../spec.ts";
import type { Shape } from "../tensor.ts";
import { callLayer } from "./call.ts";
import { construct, type Part } from "./construct.ts";
import { called, type Draft, join, placed, type Site } from "./site.ts";

/** A Sequential whose layers exist; its calls are made once its input shape is known. */
export interface Stack {
  readonly model: Draft<Model>;
  readonly parts: Part[];
  readonly path: string;
  /** What its InputLayer is called where Keras puts one in. */
  readonly input_name: string;
}

/** The layers of a Sequential, an InputLayer put before them where the first one says its input shape. */
export function stack(spec: ModelSpec, path: string, site: Site): Stack {
  const specs = [...impliedInput(spec, site), ...spec.layers];
  checkNames(specs, path, site);
  for (const spec of specs) checkArguments(spec, path, site);
  const parts = specs.map((layer) => construct(layer, path, site));
  const model: Draft<Model> = {
    class_name: "Sequential",
    name: spec.name,
    auto_name: spec.auto_name,
    trainable: spec.trainable,
    layers: parts.map((part) => part.layer),
    calls: [],
    inputs: [],
    outputs: [],
    built: false,
    ...(spec.compile && { compile: spec.compile }),
    at: spec.at,
  };
  return { model, parts, path, input_name: spec.input_name ?? INPUT_NAME };
}

/** Whether a spec is of an InputLayer. */
export function isInput(spec: LayerSpec, site: Site): boolean {
  const def = site.layers.get(spec.class_name);
  return def?.arity !== "many" && def?.source === true;
}

function checkNames(specs: readonly LayerSpec[], path: string, site: Site): void {
  const seen = new Set<string>();
  for (const spec of specs) {
    const { name, at, class_name } = spec;
    const where = { at: placed(at, join(path, name)) };
    if (seen.has(name))
      site.problems.push({
        code: "duplicate-name",
        message: `Two layers of one model are named ${JSON.stringify(name)}.`,
        ...where,
        hint: "Give one of them another name.",
      });
    if (isInput(spec, site) && seen.size > 0) {
      site.problems.push({
        code: "second-input",
        message: `${called(class_name, name)} must be the first layer of a Sequential.`,
        ...where,
      });
    }
    seen.add(name);
  }
}

/** A Sequential has one tensor for each of its layers. */
function checkArguments({ class_name, name, at }: LayerSpec, path: string, site: Site): void {
  const required = requiredIn(site.layers.get(class_name)?.call);
  if (required.length === 0) return;
  site.problems.push({
    code: "bad-call",
    message: `${called(class_name, join(path, name))} cannot stand in a Sequential: it is called on more than one tensor.`,
    at: placed(at, join(path, name)),
    expected: `a call with ${required.join(", ")} as well`,
    hint: "Write the model in the functional form: keras.Model(inputs, outputs).",
  });
}

/** The input shape that the first layer was given as a Python argument. */
function impliedInput(spec: ModelSpec, site: Site): LayerSpec[] {
  const first = spec.layers.at(0);
  if (!first || first.model || isInput(first, site)) return [];
  const { config } = first;
  const batch_shape =
    config.batch_input_shape ??
    batched(
      config.input_shape ??
        (saysInputDim(site.layers.get(first.class_name), config) ? [config.input_dim] : undefined),
      config.batch_size,
    );
  return batch_shape === undefined || batch_shape === null
    ? []
    : [hiddenInput(spec.input_name ?? INPUT_NAME, batch_shape, first)];
}

function batched(shape: unknown, batch: unknown): unknown {
  return Array.isArray(shape) ? [batch ?? null, ...(shape as unknown[])] : (shape ?? undefined);
}

/** As the first of a Keras session. */
const INPUT_NAME = "input_layer";

/** The InputLayer that Keras puts in. */
function hiddenInput(
  name: string,
  batch_shape: unknown,
  { at, key_at }: Pick<LayerSpec, "at" | "key_at">,
): LayerSpec {
  const said = key_at && [...INPUT_KEYS].find((key) => Object.hasOwn(key_at, key));
  return {
    class_name: "InputLayer",
    name,
    auto_name: true,
    config: { batch_shape },
    calls: [],
    at: said ? key_at[said] : at,
  };
}

/** The shape of the first layer where it has one before anything is called. */
export function knownInput({ parts }: Stack, spec: ModelSpec): Shape | undefined {
  const [first] = parts;
  if (!first?.sound) return undefined;
  const { layer } = first;
  if (isSource(layer)) return parts.length > 1 ? (layer.config.batch_shape as Shape) : undefined;
  if (!spec.waits && layer.model?.built && parts.length > 1 && leaves(layer.model.inputs).length === 1)
    return leaves(layer.model.inputs)[0].shape;
  return spec.build_input_shape;
}

/** Makes the layers that another model has called already as that call made them; nothing is connected yet. */
export function knownElsewhere({ parts, path }: Stack, site: Site): void {
  for (const part of parts) {
    const { called_on } = part.spec;
    if (!called_on || !part.sound || part.layer.model) continue;
    const input = { layer: "", node: 0, tensor: 0, shape: called_on, dtype: "float32" };
    const call = callLayer(part, { kind: "value", ...input }, { site, scope: path });
    Object.assign(part.layer, { calls: [], elsewhere: call });
  }
}

/** Makes the calls of a Sequential, its weights under `scope`, Keras's name scope at this moment. */
export function connect(stack: Stack, shape: Shape, scope: string, site: Site): void {
  const { model, parts } = stack;
  // whoever calls it says that it cannot be built
  if (parts.length === 0) return;
  if (!isSource(parts[0].layer)) {
    parts.unshift(construct(hiddenInput(stack.input_name, shape, { at: model.at }), stack.path, site));
    model.layers = parts.map((part) => part.layer as Layer);
  }
  const moment = { site, scope: join(scope, model.name) };
  const calls: Call[] = [];
  let outputs: NestOf<Value> = [];
  for (const part of parts) {
    if (!part.sound || requiredIn(part.layer.def?.call).length > 0) return;
    const call: Call | undefined = callLayer(part, outputs, moment);
    if (!call) return;
    calls.push(call);
    outputs = outcome(call);
  }
  Object.assign(model, { calls, inputs: calls[0].outputs[0], outputs, built: true });
}

/** What a call gives in Python: a nested model its outputs as they stand in it, a layer with several a list. */
function outcome({ layer, outputs }: Call): NestOf<Value> {
  if (!layer.model) return outputs.length === 1 ? outputs[0] : outputs;
  const own = leaves(layer.model.outputs);
  return mapNest(layer.model.outputs, (value) => outputs[own.indexOf(value)]);
}
