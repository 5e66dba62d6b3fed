/** What HDF5 calls the classes of types that arrays of numbers do not have, by their number. */
const CLASSES: Readonly<Record<number, string>> = {
  1: "floats other than IEEE's",
  2: "times",
  3: "texts",
  4: "bit fields",
  5: "opaque data",
  6: "compound values",
  7: "references",
  8: "enumerated values",
  9: "sequences of different lengths",
  10: "arrays",
};

/** A type that is not read, as messages call it. */
export const typeName = (type: number, size: number): string =>
  `${CLASSES[type] ?? `numbers of type class ${type}`} of ${size} bytes each`;
