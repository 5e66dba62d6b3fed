import { heldModel } from "../../ir/build/network.ts";
import {
  type Call,
  isSource,
  type Layer,
  leaves,
  type Model,
  objectOf,
  type Passed,
  usedBy,
  type Value,
  valueKey,
} from "../../ir/model.ts";
import type { ModelSpec } from "../../ir/spec.ts";
import { modelsIn } from "../held-models.ts";
import { construction } from "./arguments.ts";
import { callArguments, type Expressions, outputs, passed } from "./calls.ts";
import { brackets, call, type Doc, keyword } from "./layout.ts";
import { numberLiteral, textLiteral } from "./literals.ts";
import { value } from "./objects.ts";
import { callOrder } from "./order.ts";
import { isOperation, operation } from "./operations.ts";
import { flagLines, isFrozen } from "./flags.ts";
import { pause, type Source, usesOf, write } from "./source.ts";

/** Writes a model under a variable: first the models inside it, then its layers, then itself. */
export function writeModel(source: Source, model: Model, variable: string, frozen = false): void {
  const still = frozen || isFrozen(model);
  nestedModels(source, model, still);
  const made =
    model.class_name === "Sequential" ? sequential(source, model, still) : functional(source, model, still);
  write(source, [`${variable} = `, made]);
  if (!frozen) flagLines(source, model, variable);
}

function nestedModels(source: Source, model: Model, frozen: boolean): void {
  for (const layer of model.layers) {
    for (const network of modelsIn(layer.config)) heldModelLines(source, network);
    if (!layer.model || source.variables.has(objectOf(layer))) continue;
    const variable = source.variable(layer.name);
    source.variables.set(objectOf(layer), variable);
    pause(source);
    writeModel(source, { ...layer.model, name: layer.name }, variable, frozen);
    pause(source);
  }
}

/** A model inside a layer: as one beside it. */
function heldModelLines(source: Source, network: ModelSpec): void {
  const model = heldModel(network);
  const variable = source.variable(network.name);
  source.held.set(network, variable);
  pause(source);
  writeModel({ ...source, uses: usesOf(model) }, model, variable);
  pause(source);
}

/** A layer as an expression: its variable, or the call that makes it. */
function layerExpression(source: Source, layer: Layer, frozen: boolean): Doc {
  const known = source.variables.get(objectOf(layer));
  if (known !== undefined) return known;
  const { def, name } = layer;
  const config = frozen && "trainable" in layer.config ? { ...layer.config, trainable: true } : layer.config;
  const made = isSource(layer) ? input(source, layer) : construction({ def: def!, name, config }, source);
  if ((source.uses.get(objectOf(layer)) ?? 0) < 2 || isSource(layer)) return made;
  const variable = source.variable(layer.name);
  source.variables.set(objectOf(layer), variable);
  write(source, [`${variable} = `, made]);
  return variable;
}

/** `keras.Input(shape=…)` */
function input({ counter }: Source, { name, config }: Layer): Doc {
  const [batch, ...shape] = config.batch_shape as readonly (number | null)[];
  const options: Doc[] = [keyword("shape", value(shape.length ? shape : "()"))];
  if (!shape.length) options[0] = "shape=()";
  if (batch !== null) options.push(keyword("batch_size", numberLiteral(batch)));
  if (config.dtype !== "float32") options.push(keyword("dtype", value(config.dtype)));
  if (!counter.gives("InputLayer", name)) options.push(keyword("name", textLiteral(name)));
  return call("keras.Input", options);
}

const nameOption = ({ counter }: Source, className: string, name: string): Doc[] =>
  counter.gives(className, name) ? [] : [keyword("name", textLiteral(name))];

function sequential(source: Source, model: Model, frozen: boolean): Doc {
  const layers = model.layers.map((layer) => layerExpression(source, layer, frozen));
  const list: Doc = { open: "[", items: layers, close: "]", ...(layers.length > 1 && { tall: true }) };
  const made = call("keras.Sequential", [list, ...nameOption(source, "Sequential", model.name)]);
  // Keras 3 makes a Functional inside, which takes a name from its counter.
  if (source.keras === "3" && model.built && model.layers.length > 1) source.counter.skip("Functional");
  return made;
}

function functional(source: Source, model: Model, frozen: boolean): Doc {
  const expressions = new Map<string, string>();
  const of: Expressions = (v) => expressions.get(valueKey(v))!;
  for (const layer of sources(model)) inputLine(source, layer, expressions);
  const order = callOrder(model.calls, naming(source));
  const plain = chained(model, order);
  for (const one of order) callLine(source, one, { of, frozen, chained: plain.has(one), expressions });
  const ends = [model.inputs, model.outputs].map((nest) => passed(source, nest as Passed, of));
  return call("keras.Model", [...ends, ...nameOption(source, "Functional", model.name)]);
}

/** The InputLayers of a model in the order of its inputs. */
function sources({ inputs, layers }: Model): Layer[] {
  const names = leaves(inputs).map(({ layer }) => layer);
  return layers.filter(isSource).sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}

function inputLine(source: Source, layer: Layer, expressions: Map<string, string>): void {
  const { variables } = source;
  const known = variables.get(objectOf(layer));
  const variable = known ?? source.variable(layer.name);
  if (known === undefined) write(source, [`${variable} = `, input(source, layer)]);
  variables.set(objectOf(layer), variable);
  expressions.set(valueKey(layer.calls[0].outputs[0]), variable);
}

/** The class that Keras counts for a layer's name. */
const countedAs = ({ def, class_name }: Layer): string => def?.name ?? class_name;

/** Names that come by themselves, counted ahead. */
function naming({ variables, counter }: Source): Parameters<typeof callOrder>[1] {
  const ahead = counter.copy();
  const made = new Set<Layer>();
  const isMade = (layer: Layer): boolean => variables.has(objectOf(layer)) || made.has(objectOf(layer));
  return {
    next: (layer) => (isMade(layer) ? undefined : ahead.next(countedAs(layer))),
    made(layer) {
      if (!isMade(layer)) ahead.gives(countedAs(layer), layer.name);
      made.add(objectOf(layer));
    },
  };
}

/** Calls whose one output is used by the next call alone: a chain, for which one variable is enough. */
function chained(model: Model, order: readonly Call[]): Set<Call> {
  const uses = new Map<string, number>();
  const count = (v: Value): void => void uses.set(valueKey(v), (uses.get(valueKey(v)) ?? 0) + 1);
  order.flatMap(usedBy).forEach(count);
  leaves(model.outputs).forEach(count);
  return new Set(
    order.filter((one, k) => {
      const [only, ...more] = one.outputs;
      if (more.length || one.layer.model || uses.get(valueKey(only)) !== 1) return false;
      return k + 1 < order.length && usedBy(order[k + 1]).some((v) => valueKey(v) === valueKey(only));
    }),
  );
}

interface Line {
  readonly of: Expressions;
  readonly frozen: boolean;
  readonly chained: boolean;
  readonly expressions: Map<string, string>;
}

function callLine(source: Source, one: Call, { of, frozen, chained, expressions }: Line): void {
  const { layer } = one;
  const wish = one.layer.calls.length > 1 || layer.model ? `${layer.name}_output` : layer.name;
  const doc = isOperation(layer) ? operation(source, one, of) : layerCall(source, one, of, frozen);
  const { target, each } = outputs(one, chained ? () => "x" : source.variable, wish);
  one.outputs.forEach((v, k) => expressions.set(valueKey(v), each[k]));
  write(source, [`${target} = `, doc]);
  // tf.keras names functions after where they are in TensorFlow
  if (isOperation(layer) && source.keras === "3") source.counter.skip(countedAs(layer));
}

function layerCall(source: Source, one: Call, of: Expressions, frozen: boolean): Doc {
  const { layer } = one;
  const made = layerExpression(source, layer, frozen);
  if (one.node === 0) for (const name of layer.def?.unnamed?.(layer.config) ?? []) source.counter.skip(name);
  return [made, brackets("(", callArguments(source, one, of), ")")];
}
