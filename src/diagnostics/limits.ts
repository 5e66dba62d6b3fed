import { ModelLimitError, type Where } from "../diagnostics.ts";

/** How much an untrusted source may ask for. Every limit is an option and is named in the error it causes. */
export interface Limits {
  /** Size of the file in bytes. */
  readonly file_bytes: number;
  /** Bytes of all arrays that are read from it. */
  readonly weight_bytes: number;
  /** Bytes of its configuration texts and names. */
  readonly config_bytes: number;
  /** Brackets around each other in JSON. */
  readonly config_depth: number;
  /** Values in JSON, lists and objects included. */
  readonly config_values: number;
  /** Keys of one object in JSON. */
  readonly config_keys: number;
  /** Bytes of a Python snippet. */
  readonly source_bytes: number;
  /** Layers of a model, those of nested models included. */
  readonly layers: number;
  /** Characters of a name. */
  readonly name_length: number;
  /** Levels of HDF5 groups, and of models in each other. */
  readonly depth: number;
  /** HDF5 groups and datasets together. */
  readonly objects: number;
  /** Dimensions of an array. */
  readonly rank: number;
  readonly zip_members: number;
  /** Arrays in a `.npz` file. */
  readonly npz_members: number;
  /** Times that decompressed data may be larger than the stored, above `expansion_from` bytes. */
  readonly expansion: number;
  readonly expansion_from: number;
  /** Bytes that the HDF5 library may take beyond the file and the arrays that are read. */
  readonly memory_bytes: number;
  /** Milliseconds of computing for HDF5 parsing, and the addition per MB of file. */
  readonly time_ms: number;
  readonly time_ms_per_mb: number;
}

/** The limits that an error can be about; the others say how two of them are meant. */
export type LimitName = Exclude<keyof Limits, "expansion_from" | "time_ms_per_mb">;

const MIB = 2 ** 20;

export const DEFAULT_LIMITS: Limits = {
  file_bytes: 2048 * MIB,
  weight_bytes: 1024 * MIB,
  config_bytes: 64 * MIB,
  config_depth: 200,
  config_values: 5_000_000,
  config_keys: 20_000,
  source_bytes: MIB,
  layers: 20_000,
  name_length: 1024,
  depth: 32,
  objects: 100_000,
  rank: 16,
  zip_members: 64,
  npz_members: 10_000,
  expansion: 1000,
  expansion_from: 16 * MIB,
  memory_bytes: 96 * MIB,
  time_ms: 1500,
  time_ms_per_mb: 20,
};

/** The defaults with what the user has set. */
export const withDefaults = (limits: Partial<Limits> = {}): Limits => ({
  ...DEFAULT_LIMITS,
  ...Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
});

/** How a user sets a limit. */
export const raise = (name: keyof Limits): string => `set limits.${name} (--limit ${name}=N)`;

/** The code of the error that passing this limit is. */
export const limitCode = <N extends LimitName>(name: N): `limit-${Dashed<N>}` =>
  `limit-${name.replaceAll("_", "-")}` as `limit-${Dashed<N>}`;

type Dashed<S extends string> = S extends `${infer A}_${infer B}` ? `${A}-${Dashed<B>}` : S;

/** Throws a ModelLimitError that names the limit, its value and the place, if `value` passes it. */
export function withinLimit(limits: Limits, name: LimitName, value: number, what: string, at?: Where): void {
  if (value <= limits[name]) return;
  throw new ModelLimitError({
    code: limitCode(name),
    message: `${what} passes the limit ${name}.`,
    expected: `at most ${limits[name]}`,
    received: String(value),
    hint: `If you trust this file, ${raise(name)}.`,
    ...(at && { at }),
  });
}

/** Throws if `size` bytes are said to come from `stored` bytes and no honest file would compress so well. */
export function withinExpansion(
  limits: Limits,
  size: number,
  stored: number,
  what: string,
  at?: Where,
): void {
  if (size <= limits.expansion_from) return;
  withinLimit(limits, "expansion", Math.ceil(size / Math.max(1, stored)), what, at);
}
