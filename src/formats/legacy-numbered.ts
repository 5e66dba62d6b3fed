import { ModelError } from "../diagnostics.ts";
import type { AttributeValue } from "./hdf5-protocol.ts";
import type { Hdf5File } from "./hdf5.ts";

/** A layer of a file, with the names and paths of its arrays. */
export interface Listed {
  readonly name: string;
  readonly weights: readonly { readonly name: string; readonly path: string }[];
}

/** How many layers a file of weights has that numbers layers and arrays: those of Keras before 1.0. */
export const COUNT_ATTRIBUTE = "nb_layers";
const ARRAYS = "nb_params";
/** More layers than any model has. */
const MOST = 100_000;

/** The layers `layer_0`, `layer_1`, … of such a file, each with its arrays `param_0`, `param_1`, …. */
export async function numberedLayers(file: Hdf5File, base: string, count: AttributeValue): Promise<Listed[]> {
  const paths = Array.from({ length: whole(count, base, COUNT_ATTRIBUTE) }, (_, k) => `${base}/layer_${k}`);
  const groups = await file.attributes(paths, [ARRAYS]);
  return paths.map((path) => {
    const arrays = whole(groups.get(path)?.get(ARRAYS) ?? [], path, ARRAYS);
    const names = Array.from({ length: arrays }, (_, k) => `param_${k}`);
    return {
      name: path.slice(base.length + 1),
      weights: names.map((name) => ({ name, path: `${path}/${name}` })),
    };
  });
}

function whole(value: AttributeValue, path: string, name: string): number {
  const number = typeof value === "string" ? NaN : Number(value[0]);
  if (value.length === 1 && Number.isInteger(number) && number >= 0 && number <= MOST) return number;
  throw new ModelError({
    code: "hdf5-attribute-type",
    message: "An HDF5 attribute is not a count.",
    at: { path: `${path}@${name}` },
    expected: `a whole number up to ${MOST}`,
    received: JSON.stringify(value).slice(0, 100),
  });
}
