import { emitProgram, helpersOf } from "../src/codegen/emit-ts.ts";
import { sizeOf } from "../src/codegen/memory.ts";
import { Writer } from "../src/codegen/writer.ts";
import { compile, SCALAR_TARGET } from "../src/compile.ts";
import type { Variable } from "../src/ir/graph.ts";
import { numel } from "../src/ir/tensor.ts";
import type { Session } from "../src/runtime/session.ts";
import { waitingContents } from "../src/runtime/waiting.ts";

interface Program {
  run(n: number): void;
  /** Of what is computed from weights alone. */
  pack?(n: number): void;
}

/** A session on generated JavaScript: what the TypeScript emitter writes, without its types. */
export function scriptSession(capacity = 1 << 22): Session {
  const f = new Float32Array(capacity);
  const variables = new Map<string, number>();
  let top = 64;
  const keep = (size: number): number => {
    const offset = top;
    top += Math.ceil(size / 16) * 16;
    if (top > capacity) throw new Error("test memory is too small");
    return offset;
  };
  const variable = (v: Variable): number => {
    const known = variables.get(v.name);
    const offset = known ?? keep(numel(v.shape));
    variables.set(v.name, offset);
    if (known === undefined && v.value) f.set(v.value, offset);
    return offset;
  };
  const { view, put, settleAll } = waitingContents((v) =>
    f.subarray(variable(v), variable(v) + numel(v.shape)),
  );
  return {
    engine: "interpret",
    view,
    put,
    touch() {},
    expose() {},
    prepare(graph, batch) {
      const { plan, inputs, results } = compile(graph, batch, SCALAR_TARGET, { variable, keep, arena: keep });
      const out = new Writer();
      for (const [buffer, offset] of plan.offsets) out.line(`const ${buffer.name} = ${offset};`);
      for (const helper of helpersOf(plan.kernels, { types: false })) out.line(helper);
      emitProgram(plan, { types: false }, out);
      // eslint-disable-next-line no-new-func -- the code under test is JavaScript text
      const program = new Function(`${out}\nreturn program;`)() as (f: Float32Array) => Program;
      const { run, pack } = program(f);
      let rows = 0;
      return {
        batch,
        input(name) {
          const buffer = inputs.get(name)!;
          return f.subarray(
            plan.offsets.get(buffer)!,
            plan.offsets.get(buffer)! + sizeOf(buffer.shape, batch),
          );
        },
        run(n) {
          settleAll();
          pack?.(n);
          run((rows = n));
        },
        result(name) {
          const buffer = results.get(name)!;
          return f.subarray(
            plan.offsets.get(buffer)!,
            plan.offsets.get(buffer)! + sizeOf(buffer.shape, rows),
          );
        },
      };
    },
  };
}
