import { assemble, type WasmOptions } from "./emit-wasm.ts";
import type { Plan } from "./kernels.ts";
import { printModule } from "./wasm/text.ts";

/** The WebAssembly module of a plan as text, each kernel's formula above it. */
export function emitWat(plan: Plan, options: WasmOptions): string {
  const formulas = new Map(plan.kernels.map((kernel) => [kernel.name, kernel.says]));
  return printModule(assemble(plan, options), (func) => formulas.get(func.name));
}
