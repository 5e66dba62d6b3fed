import type { Kernel, Plan } from "./kernels.ts";
import { defineFunction, type Func } from "./wasm/code.ts";
import { encode, type Module } from "./wasm/module.ts";
import { statements } from "./wasm/statements.ts";

export interface WasmOptions {
  /** Multiplications with additions are one instruction (relaxed SIMD): faster, rounded once. */
  readonly fma: boolean;
}

function kernelFunction(kernel: Kernel, plan: Plan, { fma }: WasmOptions): Func {
  return defineFunction(kernel.name, { n: "i32" }, [], { fma }, (code, n) => {
    const none = { locals: new Map(), loops: [], fixed: new Map(), pointers: new Map() };
    statements(kernel.body, { code, offsets: plan.offsets, n, ...none });
  });
}

/** An entry, `run(n)`: its kernels in their turn. */
const driver = (name: string, kernels: readonly Func[]): Func =>
  defineFunction(name, { n: "i32" }, [], { fma: false }, (code, n) => {
    for (const kernel of kernels) {
      code.op("local.get", n);
      code.op("call", kernel);
    }
  });

const pageSize = 65536;

/** A function for each kernel and each entry, all exported, taking the batch; memory is imported as `env.memory`. */
export function assemble(plan: Plan, options: WasmOptions): Module {
  const made = new Map(plan.kernels.map((kernel) => [kernel, kernelFunction(kernel, plan, options)]));
  const entries = [...plan.entries].map(([name, kernels]) =>
    driver(
      name,
      kernels.map((kernel) => made.get(kernel)!),
    ),
  );
  return {
    pages: Math.max(1, Math.ceil((4 * plan.size) / pageSize)),
    functions: [...made.values(), ...entries],
  };
}

/** The WebAssembly module of a plan. */
export const emitWasm = (plan: Plan, options: WasmOptions): Uint8Array<ArrayBuffer> =>
  encode(assemble(plan, options));
