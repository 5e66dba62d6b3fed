import { ModelError } from "../diagnostics.ts";
import type { H5File } from "./hdf5-engine.ts";
import type { Attributes, AttributeValue } from "./hdf5-protocol.ts";
import { withinLimit } from "../diagnostics/limits.ts";
import { typeName } from "./hdf5-types.ts";

type Metadata = ReturnType<H5File["h5"]["get_attribute_metadata"]>;
interface Budget {
  left: number;
}

/** The attributes `names` of one object. Lists that Keras had to split (`name0`, `name1`, …) are put together. */
export function attributesOf(
  file: H5File,
  path: string,
  names: readonly string[],
  budget: Budget,
): Attributes {
  const present = new Set(file.h5.get_attribute_names(file.id, path));
  const result = new Map<string, AttributeValue>();
  for (const name of names) {
    if (present.has(name)) result.set(name, readAttribute(file, path, name, budget));
    else if (present.has(`${name}0`)) result.set(name, readSplit(file, path, name, present, budget));
  }
  return result;
}

function readSplit(
  file: H5File,
  path: string,
  name: string,
  present: ReadonlySet<string>,
  budget: Budget,
): string[] {
  const all: string[] = [];
  for (let k = 0; present.has(`${name}${k}`); k++) {
    const part = readAttribute(file, path, `${name}${k}`, budget);
    for (const text of typeof part === "string" ? [part] : part) all.push(String(text));
  }
  return all;
}

function readAttribute(file: H5File, path: string, name: string, budget: Budget): AttributeValue {
  const { h5, id } = file;
  const metadata = h5.get_attribute_metadata(id, path, name);
  if (metadata.shape === null) return [];
  const size = metadata.size * metadata.total_size;
  spend(file, budget, size, path, name);
  const at = h5._malloc(Math.max(1, size));
  try {
    h5.get_attribute_data(id, path, name, BigInt(at));
    return decode(file, metadata, at, (n) => spend(file, budget, n, path, name), `${path}@${name}`);
  } finally {
    if (metadata.vlen) h5.reclaim_vlen_memory(id, path, name, BigInt(at));
    h5._free(at);
  }
}

function spend({ limits }: H5File, budget: Budget, bytes: number, path: string, name: string): void {
  budget.left -= bytes;
  if (budget.left < 0) {
    const at = { path: `${path}@${name}` };
    withinLimit(
      limits,
      "config_bytes",
      limits.config_bytes - budget.left,
      "The size of the HDF5 attributes",
      at,
    );
  }
}

function decode(
  file: H5File,
  metadata: Metadata,
  at: number,
  use: (bytes: number) => void,
  path: string,
): AttributeValue {
  const { h5 } = file;
  const { type, total_size: count, size, shape } = metadata;
  if (type === h5.H5T_class_t.H5T_STRING.value) {
    const texts = Array.from({ length: count }, (_, k) => {
      const bytes = metadata.vlen
        ? pointedTo(h5, at + 4 * k)
        : h5.HEAPU8.subarray(at + size * k, at + size * (k + 1));
      if (metadata.vlen) use(bytes.length);
      return text(bytes, path);
    });
    return shape?.length ? texts : (texts[0] ?? "");
  }
  const numbers = numbersIn(h5, metadata);
  if (numbers) return numbers(h5.HEAPU8.slice(at, at + size * count).buffer);
  const received = typeName(type, size);
  throw new ModelError({
    code: "hdf5-attribute-type",
    message: "An HDF5 attribute is not of a type that Keras writes.",
    at: { path },
    expected: "text, a list of texts or numbers",
    received,
  });
}

/** How the numbers of an attribute are read; undefined for types that do not occur. */
function numbersIn(
  { H5T_class_t: c }: H5File["h5"],
  { type, size }: Metadata,
): ((bytes: ArrayBuffer) => readonly number[]) | undefined {
  if (type === c.H5T_FLOAT.value && size === 8) return (bytes) => [...new Float64Array(bytes)];
  if (type === c.H5T_FLOAT.value && size === 4) return (bytes) => [...new Float32Array(bytes)];
  if (type === c.H5T_INTEGER.value && size === 8)
    return (bytes) => Array.from(new BigInt64Array(bytes), Number);
  if (type === c.H5T_INTEGER.value && size === 4) return (bytes) => [...new Int32Array(bytes)];
  return undefined;
}

/** The bytes of the zero-terminated text whose address stands at `at`; none for a null pointer. */
function pointedTo(h5: H5File["h5"], at: number): Uint8Array {
  const heap = h5.HEAPU8;
  const from = new DataView(heap.buffer).getUint32(at, true);
  return from === 0 ? new Uint8Array() : heap.subarray(from, heap.indexOf(0, from));
}

/** Always UTF-8, whatever the type's flag says: Python writes UTF-8 under the ASCII flag, too. */
function text(bytes: Uint8Array, path: string): string {
  const end = bytes.indexOf(0);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(end < 0 ? bytes.slice() : bytes.slice(0, end));
  } catch {
    throw new ModelError({
      code: "hdf5-text",
      message: "An HDF5 attribute is not UTF-8 text.",
      at: { path },
    });
  }
}
