import { emitWasm } from "../codegen/emit-wasm.ts";
import type { Buffer, Plan } from "../codegen/kernels.ts";
import { aligned, sizeOf } from "../codegen/memory.ts";
import { compile, wasmTarget, type Compiled, type Heap, type WasmOptions } from "../compile.ts";
import { internal, ModelLimitError } from "../diagnostics.ts";
import type { Graph, Variable } from "../ir/graph.ts";
import { numel } from "../ir/tensor.ts";
import type { Executable, Session } from "./session.ts";
import { waitingContents } from "./waiting.ts";

const PAGE = 65536;
/** WebAssembly addresses 32 bits; the last page stays free so that no offset overflows. */
const MOST = 65535;

/** One memory, grown on demand: variables and what programs keep from the bottom up, arenas among them. */
class Memory implements Heap {
  readonly memory = new WebAssembly.Memory({ initial: 16, maximum: MOST });
  private readonly variables = new Map<string, { offset: number; size: number }>();
  private top = 64;
  private shared = { offset: 0, size: 0 };
  private whole = new Float32Array(this.memory.buffer);

  /** All of memory; a fresh view after it has grown. */
  floats(): Float32Array {
    if (this.whole.buffer !== this.memory.buffer) this.whole = new Float32Array(this.memory.buffer);
    return this.whole;
  }
  variable(variable: Variable): number {
    const size = numel(variable.shape);
    const known = this.variables.get(variable.name);
    if (known && known.size !== size) throw internal(`${variable.name} has two shapes`);
    const place = known ?? { offset: this.keep(size), size };
    this.variables.set(variable.name, place);
    if (!known && variable.value) this.floats().set(variable.value, place.offset);
    return place.offset;
  }
  keep(size: number): number {
    const offset = this.top;
    this.top += aligned(size);
    this.reserve();
    return offset;
  }
  arena(size: number): number {
    if (size > this.shared.size) this.shared = { offset: this.keep(size), size };
    return this.shared.offset;
  }
  private reserve(): void {
    // a vector at the very end may reach past its last element
    const pages = Math.ceil((4 * (this.top + 64)) / PAGE);
    const have = this.memory.buffer.byteLength / PAGE;
    if (pages <= have) return;
    if (pages > MOST) throw tooLarge(pages);
    this.memory.grow(Math.min(MOST, Math.max(pages, 2 * have)) - have);
  }
}

const tooLarge = (pages: number): ModelLimitError =>
  new ModelLimitError({
    code: "memory-limit",
    message: "The model needs more memory than WebAssembly can address.",
    expected: `at most ${MOST * PAGE} bytes`,
    received: `${pages * PAGE} bytes`,
    hint: "A smaller batch_size needs less.",
  });

/** A session on generated WebAssembly. */
export function wasmSession(options: WasmOptions = {}): Session {
  const { fma = false } = options;
  const target = wasmTarget(options);
  const heap = new Memory();
  const made = new Map<Graph, Map<number, Executable>>();
  const { view, put, settleAll } = waitingContents((variable) => {
    const offset = heap.variable(variable);
    return heap.floats().subarray(offset, offset + numel(variable.shape));
  });
  const weights = { version: 0, exposed: false, settleAll };
  return {
    engine: "wasm",
    view,
    put,
    touch() {
      weights.version++;
    },
    expose() {
      weights.exposed = true;
    },
    prepare(graph, batch) {
      const byBatch = made.get(graph) ?? new Map<number, Executable>();
      made.set(graph, byBatch);
      const executable =
        byBatch.get(batch) ?? instantiate(compile(graph, batch, target, heap), heap, weights, fma, graph);
      byBatch.set(batch, executable);
      return executable;
    },
  };
}

interface Weights {
  version: number;
  exposed: boolean;
  /** Computes the contents that were put off. */
  readonly settleAll: () => void;
}

type Entries = Readonly<Record<string, (n: number) => void>>;
function entriesOf({ plan }: Compiled, { memory }: Memory, fma: boolean): Entries {
  const module = new WebAssembly.Module(emitWasm(plan, { fma }));
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Entries;
}

/** Looks up inputs and results in memory, `n` rows of them. */
function viewer(plan: Plan, heap: Memory) {
  return (buffers: ReadonlyMap<string, Buffer>, name: string, n: number): Float32Array => {
    const buffer = buffers.get(name);
    if (!buffer) throw internal(`no input or result ${name}`);
    const offset = plan.offsets.get(buffer)!;
    return heap.floats().subarray(offset, offset + sizeOf(buffer.shape, n));
  };
}

function instantiate(
  compiled: Compiled,
  heap: Memory,
  weights: Weights,
  fma: boolean,
  graph: Graph,
): Executable {
  const { plan, inputs, results } = compiled;
  const exported = entriesOf(compiled, heap, fma);
  const { run, pack } = exported;
  const writes = graph.assigns.some(({ variable }) => variable.kind === "weight");
  let packed = -1;
  let rows = 0;
  const view = viewer(plan, heap);
  return {
    batch: plan.batch,
    input: (name) => view(inputs, name, plan.batch),
    run(n) {
      if (!(n >= 1 && n <= plan.batch)) throw internal(`a run of ${n} rows of at most ${plan.batch}`);
      weights.settleAll();
      if (pack && (packed !== weights.version || weights.exposed)) {
        pack(n);
        packed = weights.version;
      }
      run(n);
      rows = n;
      if (writes) weights.version++;
    },
    result(name) {
      if (rows === 0) throw internal("a result before the first run");
      return view(results, name, rows);
    },
    parts: {
      fma,
      kernels: plan.entries.get("run")!.map((kernel) => ({ kernel, run: exported[kernel.name] })),
    },
  };
}
