import { loadModel } from "../../src/node/index.ts";
import { leaves } from "../../src/ir/model.ts";
import type { Tensor } from "../../src/ir/tensor.ts";
import { snippets } from "./snippets.ts";

/** Numbers that look random and are the same every time. */
function randomly(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const tensor = (shape: readonly number[], value: () => number): Tensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value),
});

/** The model of a snippet with weights that are neither zeros nor ones, and data for it. */
export async function modelOf(name: string) {
  const said = snippets[name];
  const [source, whole] = typeof said === "string" ? [said, 0] : said;
  const model = await loadModel<Tensor | readonly Tensor[]>(source, { seed: 1 });
  const next = randomly(5);
  const value = (path: string): number => (path.endsWith("variance") ? 0.5 + next() : next() - 0.5);
  model.setWeights(model.weights.map(({ shape, path }) => tensor(shape, () => value(path))));
  const x = leaves(model.core.ir.inputs).map(({ shape }) =>
    tensor(
      shape.map((d, k) => d ?? (k === 0 ? 3 : 7)),
      () => (whole ? Math.floor(next() * whole) : 4 * next() - 2),
    ),
  );
  return { model, x: x.length === 1 ? x[0] : x, inputs: x };
}

/** The outputs of a model, in order. */
export const listed = (y: unknown): readonly Tensor[] =>
  Array.isArray(y) ? (y as Tensor[]) : "data" in (y as object) ? [y as Tensor] : Object.values(y as object);

/** How far some outputs are from others at most; infinite where their shapes differ. */
export function distance(a: readonly Tensor[], b: readonly Tensor[]): number {
  if (a.map(({ shape }) => `${shape}`).join() !== b.map(({ shape }) => `${shape}`).join()) return Infinity;
  const apart = a.flatMap(({ data }, k) =>
    Array.from(data as Float32Array, (v, i) => Math.abs(v - Number(b[k].data[i]))),
  );
  return apart.some(Number.isNaN) ? Infinity : Math.max(0, ...apart);
}
