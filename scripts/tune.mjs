// Measures tiles for every class of products that src/codegen/tile.ts tells apart, on this machine and this Node, beside the one
// chosen there. A choice that is more than a tenth slower than the best is marked. `npm run tune [-- --fma]`; pin it to a quiet core.
import { emitWasm } from "../src/codegen/emit-wasm.ts";
import { compile, wasmTarget } from "../src/compile.ts";
import { Builder } from "../src/ir/builder.ts";
import { programOf } from "../src/ir/program.ts";

const fma = process.argv.includes("--fma");
const CANDIDATES = [
  [1, 16, 2],
  [1, 32, 1],
  [2, 8, 1],
  [2, 12, 1],
  [2, 16, 1],
  [3, 12, 1],
  [4, 8, 1],
  [5, 8, 1],
  [6, 8, 1],
].flatMap(([rows, columns, unroll]) =>
  ["columns", "rows"].map((outer) => ({ rows, columns, unroll, outer })),
);

/** Name, rows, steps of the reduction, columns; `weights`: B is packed, `sums`: a weight gradient. */
const CLASSES = [
  { name: "one row", m: 1, k: 784, n: 300, weights: true },
  { name: "rows, B in panels", m: 256, k: 512, n: 512, weights: true },
  { name: "rows, B as it lies", m: 256, k: 304, n: 104, weights: false },
  { name: "few columns", m: 32, k: 100, n: 10, weights: false },
  { name: "weight gradient", m: 784, k: 32, n: 300, sums: true },
];

/** The program of one product; a weight gradient sums over the batch. */
function graphOf({ m, k, n, sums }) {
  const b = new Builder(true);
  b.from = { layer: "product", part: "forward" };
  const y = sums
    ? b.einsum(b.input("x", ["n", m]), b.input("dy", ["n", n]), { a: "nk", b: "nm", out: "km" })
    : b.einsum(b.input("x", ["n", k]), b.variable({ name: "w", shape: [k, n], kind: "weight" }), {
        ...{ a: "nk", b: "km", out: "nm" },
      });
  return programOf(b, new Map([["y", y]]));
}

/** GFLOP/s of the product with these tiles; the tenth of the calls that were fastest. */
function measure(shape, contract) {
  const target = wasmTarget({ fma });
  const batch = shape.sums ? shape.k : shape.m;
  let top = 64;
  const take = (size) => {
    const at = top;
    top += 16 * Math.ceil(size / 16);
    return at;
  };
  const places = new Map();
  const heap = {
    variable: ({ name, shape: sizes }) =>
      places.get(name) ?? places.set(name, take(sizes.reduce((a, c) => a * c, 1))).get(name),
    keep: take,
    arena: take,
  };
  const tiles = { ...target.tiles, ...(contract && { contract }) };
  const { plan } = compile(
    graphOf(shape),
    batch,
    { ...target, tiles, packing: shape.weights === true },
    heap,
  );
  const memory = new WebAssembly.Memory({ initial: Math.ceil((4 * plan.size) / 65536) + 1 });
  new Float32Array(memory.buffer).fill(0.5);
  const module = new WebAssembly.Module(emitWasm(plan, { fma }));
  const { run, pack } = new WebAssembly.Instance(module, { env: { memory } }).exports;
  pack?.(batch);
  const flops = 2 * shape.m * shape.k * shape.n;
  const times = [];
  const start = performance.now();
  while (performance.now() - start < 400) {
    const before = performance.now();
    for (let i = 0; i < 1 + 2e6 / flops; i++) run(batch);
    times.push((performance.now() - before) / Math.ceil(1 + 2e6 / flops));
  }
  return flops / times.sort((p, q) => p - q)[Math.floor(times.length / 10)] / 1e6;
}

const rounded = (x) => x.toFixed(1).padStart(6);
console.log(`Node ${process.version}, ${fma ? "fused multiply-add" : "mul + add"}, GFLOP/s`);
for (const shape of CLASSES) {
  const chosen = measure(shape);
  const found = CANDIDATES.map((tile) => ({
    tile,
    speed: measure(shape, (given) => ({ ...tile, packed: given.packable && shape.weights === true })),
  }));
  const best = found.reduce((p, q) => (p.speed >= q.speed ? p : q));
  const late = chosen < 0.9 * best.speed ? "   SLOW" : "";
  const { rows, columns, unroll, outer } = best.tile;
  console.log(
    `${shape.name.padEnd(20)} chosen ${rounded(chosen)}   best ${rounded(best.speed)}  ${rows}x${columns} u${unroll} ${outer}${late}`,
  );
}
