import { internal } from "../diagnostics.ts";
import type { Graph, Node, Sizes, Variable } from "./graph.ts";
import { type Context, type Inside, opOf, type Value } from "./ops.ts";
import { numel } from "./tensor.ts";

/** What a program is run on: the batch size, inputs by name (row-major), the variables and their random draws. */
export interface Setting extends Omit<Context, "run"> {
  readonly inputs: ReadonlyMap<string, Float64Array | Float32Array>;
}

/** Everything a run computed. Nothing is written: the caller puts `assigned` into its variables. */
export interface Outcome {
  readonly values: ReadonlyMap<Node, Value>;
  readonly results: ReadonlyMap<string, Value>;
  readonly assigned: ReadonlyMap<Variable, Value>;
}

export const bindSizes = (shape: Sizes, n: number): number[] => shape.map((d) => (d === "n" ? n : d));

/**
 * The reference: each op's own `eval`, node by node. With "float32" every node's result is rounded to it, as if each
 * had been stored; sums inside one node run in doubles.
 */
export function interpret(graph: Graph, setting: Setting, precision: "float32" | "float64"): Outcome {
  const values = new Map<Node, Value>();
  const context = {
    ...setting,
    run: (body: Graph, inside: Inside) => interpret(body, { ...setting, inside }, precision).results,
  };
  const valueOf = (node: Node): Value => {
    const value = values.get(node);
    if (!value) throw internal(`node ${node.id} is used but not part of the program`);
    return value;
  };
  for (const node of graph.nodes) {
    const shape = bindSizes(node.shape, setting.n);
    const data = evaluate(node, node.in.map(valueOf), shape, context);
    values.set(node, { shape, data: precision === "float32" ? data.map(Math.fround) : data });
  }
  return {
    values,
    results: new Map([...graph.results].map(([name, node]) => [name, valueOf(node)])),
    assigned: new Map(graph.assigns.map(({ variable, value }) => [variable, valueOf(value)])),
  };
}

function evaluate(
  node: Node,
  ins: readonly Value[],
  shape: readonly number[],
  setting: Setting & Context,
): Float64Array {
  const data =
    node.op === "input"
      ? inputOf(node as Node<"input">, setting)
      : opOf(node).eval(ins, node.attrs, shape, setting);
  if (data.length !== numel(shape)) {
    throw internal(`node ${node.id} (${node.op}) has ${data.length} elements for shape [${shape.join(",")}]`);
  }
  return data;
}

function inputOf(node: Node<"input">, setting: Setting): Float64Array {
  const data = setting.inputs.get(node.attrs.name);
  if (!data) throw internal(`no data for the input ${node.attrs.name}`);
  return Float64Array.from(data);
}
