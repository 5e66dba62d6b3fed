import { ModelError } from "../diagnostics.ts";
import type { H5Library } from "./hdf5-engine.ts";
import type { Hdf5Entry, WrittenValue } from "./hdf5-protocol.ts";
import type { StoredArray } from "./stored-array.ts";

type H5Group = InstanceType<H5Library["Group"]>;

/** h5wasm's letters of the types we write. */
const LETTERS: Readonly<Record<string, string>> = {
  float32: "<f",
  float64: "<d",
  int8: "<b",
  uint8: "<B",
  int16: "<h",
  uint16: "<H",
  int32: "<i",
  uint32: "<I",
  int64: "<q",
  uint64: "<Q",
};

/** An HDF5 file of these entries, in this order, as h5py would lay it out (superblock 0, contiguous arrays). */
export function writeFile(library: H5Library, name: string, entries: readonly Hdf5Entry[]): Uint8Array {
  const file = new library.File(name, "w", { libver: ["earliest", "v110"] });
  const groups = new Set<string>(["/"]);
  for (const entry of entries) writeEntry(library, file, groups, entry);
  file.close();
  const bytes = contentOf(library, name);
  library.Module.FS.unlink(name);
  return bytes;
}

/** The bytes of a file in memory, which nobody uses afterwards: no copy of them. */
function contentOf({ Module: { FS } }: H5Library, name: string): Uint8Array {
  const { contents, usedBytes } = FS.analyzePath(name).object as { contents?: unknown; usedBytes?: number };
  return contents instanceof Uint8Array ? contents.subarray(0, usedBytes) : FS.readFile(name);
}

function writeEntry(library: H5Library, file: H5Group, groups: Set<string>, entry: Hdf5Entry): void {
  checkText(entry.path, entry.path);
  const parts = entry.path.split("/").filter((part) => part !== "");
  const isGroup = entry.array === undefined;
  for (let k = 1; k <= (isGroup ? parts.length : parts.length - 1); k++) {
    const path = `/${parts.slice(0, k).join("/")}`;
    if (!groups.has(path)) library.Module.create_group(file.file_id, path);
    groups.add(path);
  }
  if (entry.array) writeArray(file, entry.path, entry.array);
  const object = new library.Group(file.file_id, entry.path === "" ? "/" : entry.path);
  for (const { name, value } of entry.attributes ?? []) {
    for (const text of value.kind === "names" ? value.names : [value.text])
      checkText(text, `${entry.path}@${name}`);
    writeAttribute(object, name, value);
  }
}

/** HDF5's texts end at a zero, and are UTF-8: half a surrogate pair is neither. */
function checkText(text: string, path: string): void {
  const [bad] = /[\0\p{Surrogate}]/u.exec(text) ?? [];
  if (bad === undefined) return;
  throw new ModelError({
    code: "hdf5-text",
    message: "A name or text of the model cannot stand in an HDF5 file.",
    at: { path: path.slice(0, 200) },
    expected: "Unicode text without zeros",
    received: JSON.stringify(bad),
    hint: "Rename the layer, or save as JSON.",
  });
}

function writeArray(file: H5Group, path: string, { shape, dtype, data }: StoredArray): void {
  const letter = LETTERS[dtype];
  if (letter === undefined) throw new Error(`${dtype} cannot be written`);
  file.create_dataset({ name: path, data, shape: [...shape], dtype: letter });
}

function writeAttribute(object: H5Group, name: string, value: WrittenValue): void {
  if (value.kind !== "names") {
    const dtype = { ascii: "A", utf8: "S", fixed: `A${value.text.length}` }[value.kind];
    object.create_attribute(name, value.text, [], dtype);
  } else if (value.names.length === 0) {
    object.create_attribute(name, new Float64Array(0), [0], "<d");
  } else {
    const size = Math.max(1, ...value.names.map((n) => new TextEncoder().encode(n).length));
    object.create_attribute(name, [...value.names], [value.names.length], `A${size}`);
  }
}
