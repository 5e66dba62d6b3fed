import { ModelError } from "../../diagnostics.ts";
import { readData } from "../../formats/data-file.ts";
import { formatShape, type Tensor } from "../../ir/tensor.ts";
import { sliceRows } from "../../runtime/data.ts";
import { readBytes } from "../read.ts";
import type { Io } from "./io.ts";

/** Arrays by input or output name, or the only one. */
export type Named = Tensor | Readonly<Record<string, Tensor>>;

/** What `fit` and `evaluate` are given. */
export interface XY {
  readonly x: Named;
  readonly y: Named;
}

async function fileArrays(path: string, io: Io): Promise<Map<string, Tensor>> {
  return path === "-" ? readData(await io.stdin(), "standard input") : readData(await readBytes(path), path);
}

/** The arrays of a file as data for a model: one array, or a record by name. */
export async function readArrays(path: string, io: Io): Promise<Named> {
  const arrays = await fileArrays(path, io);
  if (arrays.size === 0)
    throw new ModelError({ code: "data-empty", message: "The file holds no arrays.", at: { file: path } });
  const [[name, only]] = arrays;
  return arrays.size === 1 && (name === "" || /^arr_0$/.test(name)) ? only : Object.fromEntries(arrays);
}

/** `F` or `NAME=F`, several times: one array, or a record by input name. */
export async function readInputs(files: readonly string[], io: Io): Promise<Named> {
  const named = files.map((text) => /^([\w.-]+)=(.+)$/.exec(text)?.slice(1) ?? ["", text]);
  if (named.length === 1 && named[0][0] === "") return readArrays(named[0][1], io);
  const anonymous = named.find(([name]) => name === "");
  if (anonymous) {
    const message = "Several inputs need their names: --input NAME=FILE.";
    throw new ModelError({ code: "data-structure", message, received: anonymous[1] });
  }
  const arrays = await Promise.all(
    named.map(async ([name, path]) => [name, single(await readArrays(path, io), path)] as const),
  );
  return Object.fromEntries(arrays);
}

function single(arrays: Named, path: string): Tensor {
  if (isTensor(arrays)) return arrays;
  const all = Object.values(arrays);
  if (all.length === 1) return all[0];
  const received = Object.keys(arrays).join(", ");
  throw new ModelError({
    code: "data-structure",
    message: "One array is needed here.",
    at: { file: path },
    received,
  });
}

export const isTensor = (arrays: Named): arrays is Tensor =>
  Array.isArray((arrays as Tensor).shape) && "data" in arrays;

/** Applies to every array. */
export const mapNamed = (arrays: Named, change: (x: Tensor) => Tensor): Named =>
  isTensor(arrays)
    ? change(arrays)
    : Object.fromEntries(Object.entries(arrays).map(([name, x]) => [name, change(x)]));

/** Every element times a factor, in float32; no factor leaves the arrays alone. */
export function scaled(arrays: Named, factor: unknown): Named {
  if (typeof factor !== "number") return arrays;
  return mapNamed(arrays, ({ shape, data }) => {
    // 1/255 divides by 255, so that the result is rounded once, as in numpy
    const divisor = Math.round(1 / factor);
    const scale =
      Math.abs(1 / factor - divisor) < 1e-9 ? (v: number) => v / divisor : (v: number) => v * factor;
    return { shape, dtype: "float32", data: Float32Array.from(data as Float32Array, scale) };
  });
}

export const rowsOf = (arrays: Named): number =>
  (isTensor(arrays) ? arrays : Object.values(arrays)[0]).shape[0] ?? 0;
export const cut = (arrays: Named, from: number, to: number): Named =>
  mapNamed(arrays, (x) => sliceRows(x, from, to));

/** Pairs of names under which Keras's archives and their like keep data. */
const PAIRS = {
  train: [
    ["x_train", "y_train"],
    ["x", "y"],
    ["X_train", "y_train"],
    ["X", "y"],
  ],
  test: [
    ["x_test", "y_test"],
    ["x", "y"],
    ["X_test", "y_test"],
    ["X", "y"],
    ["x_train", "y_train"],
  ],
  validation: [
    ["x_val", "y_val"],
    ["x_valid", "y_valid"],
    ["x_test", "y_test"],
    ["x", "y"],
    ["X", "y"],
  ],
} as const;
export type Purpose = keyof typeof PAIRS;

/** Inputs and labels of one file, by the names of an archive, or the columns of a table: the last `outputs` are labels. */
export async function readPair(path: string, purpose: Purpose, outputs: number, io: Io): Promise<XY> {
  const arrays = await fileArrays(path, io);
  const found = PAIRS[purpose].find((names) => names.every((name) => arrays.has(name)));
  if (found) return { x: arrays.get(found[0])!, y: arrays.get(found[1])! };
  const table = arrays.size === 1 ? arrays.get("") : undefined;
  if (table?.shape.length === 2 && table.shape[1] > outputs) {
    io.say(
      `The last ${outputs === 1 ? "column is" : `${outputs} columns are`} taken as labels, the first ${table.shape[1] - outputs} as inputs.`,
    );
    return splitColumns(table, outputs);
  }
  throw new ModelError({
    code: "data-structure",
    message: "The file does not say which arrays are inputs and which are labels.",
    at: { file: path },
    expected: PAIRS[purpose].map((names) => names.join(" and ")).join(", or "),
    received: [...arrays]
      .map(([name, { shape }]) => `${name || "one array"} ${formatShape(shape)}`)
      .join(", "),
    hint: "Give them apart: --x FILE --y FILE.",
  });
}

function splitColumns({ shape, data }: Tensor, outputs: number): XY {
  const [n, width] = shape;
  const columns = (from: number, to: number): Tensor => {
    const part = new Float32Array(n * (to - from));
    for (let row = 0; row < n; row++) {
      part.set((data as Float32Array).subarray(row * width + from, row * width + to), row * (to - from));
    }
    return { shape: [n, to - from], dtype: "float32", data: part };
  };
  return { x: columns(0, width - outputs), y: columns(width - outputs, width) };
}

/** The arrays of a file by name, for a snippet that uses them by these names. */
export const readNamed = (path: string, io: Io): Promise<Map<string, Tensor>> => fileArrays(path, io);

export const describe = (arrays: Named): string =>
  isTensor(arrays)
    ? formatShape(arrays.shape)
    : Object.entries(arrays)
        .map(([name, { shape }]) => `${name} ${formatShape(shape)}`)
        .join(", ");
