import type { H5Module } from "./hdf5-engine.ts";

/** What the HDF5 library tried while it was watched. */
export interface Watch {
  /** A file other than the given one that it tried to open. */
  foreign: string | undefined;
  /** Its memory was to grow past the bound. */
  exhausted: boolean;
}

/** The open(2) flag that makes a new file: the library's own temporary files, never a read. */
const CREATE = 0o100;
const NO_SUCH_FILE = 44;
/** 1980-01-01, so that the same model gives the same bytes. */
const FIXED_TIME = 315532800000;

type Open = (path: unknown, flags?: unknown, mode?: unknown) => unknown;

/**
 * Runs `work` (synchronous) such that the library can open no file but `own`, that its memory grows to
 * `max_bytes` at most, and that it sees a fixed time. The hooks are gone when it returns.
 */
export function watched<T>(h5: H5Module, own: string, max_bytes: number, watch: Watch, work: () => T): T {
  const fs = h5.FS as unknown as { open: Open };
  const { open } = fs;
  const { grow } = WebAssembly.Memory.prototype;
  const { now } = Date;
  fs.open = (path, flags, mode) => {
    const creates = typeof flags === "number" && (flags & CREATE) !== 0;
    if (path !== own && !creates) {
      watch.foreign ??= String(path);
      throw Object.assign(new Error("refused"), { name: "ErrnoError", errno: NO_SUCH_FILE });
    }
    return open.call(fs, path, flags, mode);
  };
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer.byteLength + pages * 65536 > max_bytes) {
      watch.exhausted = true;
      throw new RangeError("refused");
    }
    return grow.call(this, pages);
  };
  Date.now = () => FIXED_TIME;
  try {
    return work();
  } finally {
    fs.open = open;
    WebAssembly.Memory.prototype.grow = grow;
    Date.now = now;
  }
}
