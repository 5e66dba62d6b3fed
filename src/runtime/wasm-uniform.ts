import { drawBetween } from "../codegen/routines/draw-between.ts";
import { encode } from "../codegen/wasm/module.ts";
import { streamOf, type UniformBetween, uniformBetween } from "../ir/random/draws.ts";

/** From how many numbers on a module of its own pays. */
const MANY = 8192;
const PAGE = 65536;
/** Bytes that may be written behind the last number. */
const SLACK = 64;

type Draw = (out: number, count: number, ...words: readonly number[]) => void;

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
  const module = new WebAssembly.Module(encode({ pages: 1, functions: [drawBetween()] }));
  const draw = new WebAssembly.Instance(module, { env: { memory } }).exports.draw_between as Draw;
  return (count, low, high, seed) => {
    const more = Math.ceil((4 * count + SLACK) / PAGE) - memory.buffer.byteLength / PAGE;
    if (more > 0) memory.grow(more);
    const { key, counter } = streamOf(seed);
    const first = Math.fround(low);
    draw(0, count, ...key, ...counter, Math.fround(high) - first, first);
    return new Float32Array(memory.buffer, 0, count).slice();
  };
}
