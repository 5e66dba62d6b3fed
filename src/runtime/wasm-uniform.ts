import { drawBetween } from "../codegen/routines/draw-between.ts";
import { encode } from "../codegen/wasm/module.ts";
import { streamOf, type UniformBetween, uniformBetween } from "../ir/random/draws.ts";

/** From how many numbers on a module of its own pays. */
const MANY = 8192;
/** Drawn by one call, which leaves engines the chance to have better code at the next; whole blocks. */
const CHUNK = 16384;
/** Memory of a chunk and of what may be written behind its end. */
const PAGES = 2;

type Draw = (out: number, count: number, block: number, ...words: readonly number[]) => void;

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
  const memory = new WebAssembly.Memory({ initial: PAGES, maximum: PAGES });
  const module = new WebAssembly.Module(encode({ pages: PAGES, functions: [drawBetween()] }));
  const draw = new WebAssembly.Instance(module, { env: { memory } }).exports.draw_between as Draw;
  const drawn = new Float32Array(memory.buffer);
  return (count, low, high, seed) => {
    const { key, counter } = streamOf(seed);
    const first = Math.fround(low);
    const out = new Float32Array(count);
    for (let from = 0; from < count; from += CHUNK) {
      const size = Math.min(CHUNK, count - from);
      draw(0, size, from / 4, ...key, ...counter, Math.fround(high) - first, first);
      out.set(drawn.subarray(0, size), from);
    }
    return out;
  };
}
