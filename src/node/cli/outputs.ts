import { ModelError } from "../../diagnostics.ts";
import { writeNpy } from "../../formats/npy.ts";
import { writeNpz } from "../../formats/npz.ts";
import { uniqueNames } from "../../ir/names.ts";
import { numel, type Nest, type Tensor } from "../../ir/tensor.ts";
import { spread } from "../../runtime/data.ts";

/** Outputs of a model by name, in its order; those of one layer are numbered. */
export function byName(nest: Nest<Tensor>, names: readonly string[]): Map<string, Tensor> {
  const tensors = spread(nest, names, "output");
  return new Map(uniqueNames(names).map((name, k) => [name, tensors[k]!]));
}

/** A tensor as nested arrays, truth values as such, NaN and infinities as JSON cannot have them: as text. */
export function nested({ shape, dtype, data }: Tensor): unknown {
  let at = 0;
  const level = (depth: number): unknown =>
    depth === shape.length
      ? dtype === "bool"
        ? data[at++] === 1
        : value(Number(data[at++]))
      : Array.from({ length: shape[depth] }, () => level(depth + 1));
  return level(0);
}
const value = (x: number): number | string => (Number.isFinite(x) ? Number(x.toPrecision(9)) : String(x));

type Outputs = ReadonlyMap<string, Tensor>;
type Writer = (outputs: Outputs) => Promise<Uint8Array> | Uint8Array;
const WRITERS: ReadonlyMap<string, Writer> = new Map<string, Writer>([
  ["npy", (outputs) => writeNpy(only(outputs, ".npy"))],
  ["npz", (outputs) => writeNpz(outputs)],
  ["json", (outputs) => new TextEncoder().encode(`${json(outputs)}\n`)],
  ["csv", (outputs) => new TextEncoder().encode(csv(only(outputs, ".csv")))],
]);

/** The bytes of a data file, of the kind that the path's ending says. */
export function dataWriter(path: string): Writer {
  const writer = WRITERS.get(path.slice(path.lastIndexOf(".") + 1).toLowerCase());
  if (writer) return writer;
  const expected = [...WRITERS.keys()].map((ending) => `.${ending}`).join(", ");
  throw new ModelError({
    code: "unknown-format",
    message: "The ending of the path says no data format.",
    at: { file: path },
    expected,
  });
}

function only(outputs: Outputs, ending: string): Tensor {
  const [first, ...rest] = outputs.values();
  if (rest.length === 0) return first;
  const message = `A ${ending} file holds one array; the model has ${outputs.size} outputs.`;
  throw new ModelError({ code: "unknown-format", message, hint: "Write .npz or .json." });
}

/** Outputs as JSON: nested arrays, by name where there are several. */
export function json(outputs: Outputs): string {
  const all = [...outputs].map(([name, tensor]) => [name, nested(tensor)] as const);
  return JSON.stringify(all.length === 1 ? all[0][1] : Object.fromEntries(all));
}

function csv(tensor: Tensor): string {
  const width = numel(tensor.shape.slice(1));
  const rows = Array.from({ length: tensor.shape[0] }, (_, r) =>
    Array.from((tensor.data as Float32Array).subarray(r * width, (r + 1) * width), (v) =>
      String(value(v)),
    ).join(","),
  );
  return `${rows.join("\n")}\n`;
}
