import { between } from "../codegen/routines/between.ts";
import { uniform } from "../codegen/routines/uniform.ts";
import { encode } from "../codegen/wasm/module.ts";
import { seedWord, type UniformBetween, uniformBetween } from "../ir/random/draws.ts";

/** From how many numbers on a module of its own pays. */
const MANY = 8192;
const PAGE = 65536;
/** Where the numbers begin, behind the seed; in bytes. */
const FIRST = 16;

interface Exports {
  uniform(seed: number, out: number, count: number): void;
  between(at: number, count: number, range: number, first: number): void;
}

/** `uniformBetween`, bit for bit, as WebAssembly: fast from the first number on, where JavaScript has to warm up. */
export function wasmUniform(): UniformBetween {
  let draw: UniformBetween | undefined;
  return (count, low, high, seed) => {
    if (!draw && count < MANY) return uniformBetween(count, low, high, seed);
    draw ??= instantiate();
    return draw(count, low, high, seed);
  };
}

function instantiate(): UniformBetween {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const module = new WebAssembly.Module(encode({ pages: 1, functions: [uniform.wasm, between()] }));
  const made = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
  return (count, low, high, [seed, drawn]) => {
    const more = Math.ceil((FIRST + 4 * count + 12) / PAGE) - memory.buffer.byteLength / PAGE;
    if (more > 0) memory.grow(more);
    new Uint32Array(memory.buffer, 0, 2).set([seedWord(seed), seedWord(drawn)]);
    made.uniform(0, FIRST, count);
    const first = Math.fround(low);
    made.between(FIRST, count, Math.fround(high) - first, first);
    return new Float32Array(memory.buffer, FIRST, count).slice();
  };
}
