import { batchOf, type BundleOptions, type BundleSource, bundle, partsOf, targetOf } from "./bundle.ts";
import { ModelError } from "./diagnostics.ts";
import { bundleGraph } from "./ir/bundle-graph.ts";
import type { Graph } from "./ir/graph.ts";
import type { Model } from "./ir/model.ts";
import { printGraph } from "./ir/print-graph.ts";
import { printIr } from "./ir/print-ir.ts";
import { printSpec } from "./ir/print-spec.ts";
import type { ModelSpec } from "./ir/spec.ts";
import { emitWasm } from "./codegen/emit-wasm.ts";
import { emitWat } from "./codegen/emit-wat.ts";
import { printKernels } from "./codegen/print-kernels.ts";
import { printMemory } from "./codegen/print-memory.ts";
import { measurePasses, printPasses } from "./passes.ts";
import { simplify } from "./ir/simplify.ts";

/** What a view is made from: each stage asks for no more than it shows. */
export interface Emission {
  readonly spec: ModelSpec;
  readonly ir: Model;
  readonly source: () => BundleSource;
  readonly options: BundleOptions;
}

type View = (emission: Emission) => string | Uint8Array;

const graphOf = ({ source }: Emission): Graph => {
  const { model, inputs, outputs, step } = source();
  return bundleGraph(model, inputs, outputs, step);
};
const planOf = ({ source, options }: Emission) => partsOf(source(), options).plan;
const fma = ({ options }: Emission) => ({ fma: !options.deterministic });
const asWasm = (emission: Emission): Emission => ({
  ...emission,
  options: { ...emission.options, target: "wasm" },
});

/** Every stage and how it is shown. */
const VIEWS: Readonly<Record<string, View>> = {
  spec: ({ spec }) => printSpec(spec),
  ir: ({ ir }) => printIr(ir),
  graph: (emission) => printGraph(simplify(graphOf(emission))),
  passes: (emission) => {
    return printPasses(
      measurePasses(
        graphOf(emission),
        batchOf(graphOf(emission).rows, emission.options.batch),
        targetOf(emission.options),
      ),
    );
  },
  kernels: (emission) => printKernels(planOf(emission)),
  memory: (emission) => printMemory(planOf(emission)),
  ts: ({ source, options }) => bundle(source(), { ...options, target: "ts" }).get(`${options.name}.ts`)!,
  wat: (emission) => emitWat(planOf(asWasm(emission)), fma(emission)),
  wasm: (emission) => emitWasm(planOf(asWasm(emission)), fma(emission)),
};

/** Stages in their order. */
export const STAGES: readonly string[] = Object.keys(VIEWS);

/** One stage of a model as text; `wasm` as bytes. */
export function emit(stage: string, emission: Emission): string | Uint8Array {
  if (Object.hasOwn(VIEWS, stage)) return VIEWS[stage](emission);
  throw new ModelError({
    code: "unknown-stage",
    message: "There is no such stage.",
    expected: STAGES.join(", "),
    received: JSON.stringify(stage),
  });
}
