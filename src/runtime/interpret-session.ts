import { internal } from "../diagnostics.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { bindSizes, interpret } from "../ir/interpret.ts";
import type { Context } from "../ir/ops.ts";
import { uniform } from "../ir/random/draws.ts";
import { numel } from "../ir/tensor.ts";
import type { Executable, Session } from "./session.ts";
import { waitingContents } from "./waiting.ts";

type Memory = Pick<Context, "read" | "uniform"> & Pick<Session, "view" | "put">;

/** Variables by name, zero until somebody writes to them. */
function memory(): Memory {
  const arrays = new Map<string, Float32Array>();
  const { view, put } = waitingContents((variable) => {
    const held =
      arrays.get(variable.name) ?? variable.value?.slice() ?? new Float32Array(numel(variable.shape));
    if (held.length !== numel(variable.shape)) throw internal(`${variable.name} has two shapes`);
    arrays.set(variable.name, held);
    return held;
  });
  return {
    view,
    put,
    read: (variable) => ({ shape: variable.shape, data: Float64Array.from(view(variable)) }),
    uniform(seed, count) {
      const held = view(seed);
      const state = new Uint32Array(held.buffer, held.byteOffset, 2);
      return Float64Array.from(uniform(count, [state[0], state[1]++]));
    },
  };
}

/** A session on the reference interpreter: slow, exact to the definition of every op. */
export function interpretSession(): Session {
  const variables = memory();
  const made = new Map<Graph, Map<number, Executable>>();
  return {
    engine: "interpret",
    view: variables.view,
    put: variables.put,
    // nothing is copied from variables between runs
    touch() {},
    expose() {},
    prepare(graph, batch) {
      const byBatch = made.get(graph) ?? new Map<number, Executable>();
      made.set(graph, byBatch);
      const executable = byBatch.get(batch) ?? executableOf(graph, batch, variables);
      byBatch.set(batch, executable);
      return executable;
    },
  };
}

function executableOf(graph: Graph, batch: number, variables: Memory): Executable {
  const sizeOf = (node: Node, n: number): number => numel(bindSizes(node.shape, n));
  const inputs = new Map(
    graph.inputs.map((node) => [node.attrs.name, new Float32Array(sizeOf(node as unknown as Node, batch))]),
  );
  const results = new Map(
    [...graph.results].map(([name, node]) => [name, new Float32Array(sizeOf(node, batch))]),
  );
  let rows = 0;
  return {
    batch,
    input: (name) => held(inputs, name, "input"),
    run(n) {
      if (!(Number.isInteger(n) && n >= 1 && n <= batch))
        throw internal(`a run of ${n} rows of at most ${batch}`);
      const bound = graph.inputs.map((node) => {
        const { name } = node.attrs;
        return [name, held(inputs, name, "input").subarray(0, sizeOf(node as unknown as Node, n))] as const;
      });
      const outcome = interpret(graph, { n, inputs: new Map(bound), ...variables }, "float32");
      for (const [variable, { data }] of outcome.assigned) variables.put(variable, data);
      for (const [name, { data }] of outcome.results) held(results, name, "result").set(data);
      rows = n;
    },
    result(name) {
      const node = graph.results.get(name);
      if (!node || rows === 0) throw internal(node ? "a result before the first run" : `no result ${name}`);
      return held(results, name, "result").subarray(0, sizeOf(node, rows));
    },
  };
}

function held(arrays: ReadonlyMap<string, Float32Array>, name: string, what: string): Float32Array {
  const array = arrays.get(name);
  if (!array) throw internal(`no ${what} ${name}`);
  return array;
}
