import { internal, ModelError, ModelLimitError } from "../diagnostics.ts";
import { createEngine } from "./hdf5-engine.ts";
import { type Allowance, type Cpu, timed } from "./hdf5-time.ts";
import type { Attributes, Hdf5Entry, Hdf5Reply, Hdf5Request, Hdf5Results } from "./hdf5-protocol.ts";
import { type Limits, raise, withinLimit } from "../diagnostics/limits.ts";
import type { StoredArray } from "./stored-array.ts";

/** A connection to one engine, ready to answer. */
export interface Hdf5Port {
  /** Rejects when the engine dies. */
  request(message: Hdf5Request): Promise<Hdf5Reply>;
  /** Where the platform says it. */
  readonly cpu?: Cpu;
  end(): void;
}

/** Starts an engine that can be thrown away: in a worker, or in this thread where there is none. */
export type Spawn = () => Promise<Hdf5Port>;

/** An open HDF5 file. Any error ends it. */
export interface Hdf5File {
  attributes(paths: readonly string[], names: readonly string[]): Promise<ReadonlyMap<string, Attributes>>;
  list(root: string): Promise<readonly string[]>;
  arrays(paths: readonly string[]): Promise<ReadonlyMap<string, StoredArray>>;
  close(): void;
}

/** An engine in this thread: the time limit cannot end it, all other limits hold. */
export const spawnHere: Spawn = async () => {
  const library = await import("h5wasm");
  await library.ready;
  const engine = createEngine(library);
  return { request: engine, end: () => void engine({ kind: "close" }) };
};

/** What the caller needs of a file, and of the bytes that he has it in. */
export interface Needs {
  /** Nobody needs the buffer that the bytes are in: it may be gone afterwards. */
  readonly given?: boolean;
  /** False where shapes and types of arrays are enough: asking for their values then throws. */
  readonly values?: boolean;
}

/** Opens a file and hands it to `work`; the engine is ended whatever happens. */
export async function withHdf5<T>(
  bytes: Uint8Array,
  limits: Limits,
  spawn: Spawn,
  work: (file: Hdf5File) => Promise<T>,
  needs: Needs = {},
): Promise<T> {
  withinLimit(limits, "file_bytes", bytes.length, "The size of the file");
  const port = await spawn();
  try {
    return await work(await open(port, bytes, limits, needs));
  } finally {
    port.end();
  }
}

async function open(
  port: Hdf5Port,
  bytes: Uint8Array,
  limits: Limits,
  { given = false, values = true }: Needs,
): Promise<Hdf5File> {
  const allowed = limits.time_ms + (limits.time_ms_per_mb * bytes.length) / 2 ** 20;
  const time: Allowance = { allowed, spent: 0 };
  const ask = async <K extends keyof Hdf5Results>(
    message: Hdf5Request & { kind: K },
  ): Promise<Hdf5Results[K]> => {
    const reply = await timed(port.request(message), time, port.cpu, () => tooSlow(allowed));
    return valueOf(reply) as Hdf5Results[K];
  };
  await ask({ kind: "open", bytes, limits, given });
  return {
    attributes: (paths, names) => ask({ kind: "attributes", paths, names }),
    list: (root) => ask({ kind: "list", root }),
    arrays: async (paths) =>
      values ? ask({ kind: "arrays", paths }) : withoutValues(await ask({ kind: "shapes", paths })),
    close: () => port.end(),
  };
}

const withoutValues = (shapes: Hdf5Results["shapes"]): Hdf5Results["arrays"] =>
  new Map([...shapes].map(([path, array]) => [path, { ...array, data: UNREAD }]));

/** In the place of values that were not read, so that nothing can take them for zeros. */
const UNREAD = new Proxy(new Float32Array(), {
  get() {
    throw internal("the values of this array were not read");
  },
});

/** The bytes of a new HDF5 file. Arrays that are given may be empty afterwards. */
export async function writeHdf5(
  entries: readonly Hdf5Entry[],
  spawn: Spawn,
  given = false,
): Promise<Uint8Array> {
  const port = await spawn();
  try {
    return valueOf(await port.request({ kind: "write", entries, given })) as Uint8Array;
  } finally {
    port.end();
  }
}

function valueOf(reply: Hdf5Reply): unknown {
  if (reply.ok) return reply.value;
  throw reply.limit ? new ModelLimitError(reply.problems) : new ModelError(reply.problems);
}

const tooSlow = (allowed: number): ModelLimitError =>
  new ModelLimitError({
    code: "limit-time-ms",
    message: "Reading the HDF5 data took longer than the limit time_ms allows.",
    expected: `at most ${Math.ceil(allowed)} ms for a file of this size`,
    hint: `The file is damaged, or the machine very slow; ${raise("time_ms")} in that case.`,
  });
