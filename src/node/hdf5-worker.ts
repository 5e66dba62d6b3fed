import { createHash } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { inflateSync } from "node:zlib";
import * as library from "h5wasm";
import type { Sha256 } from "../formats/hdf5-checksums.ts";
import type { Inflate } from "../formats/hdf5-filters.ts";
import { serve } from "../formats/hdf5-serve.ts";

/** Many times faster than streams, where the pieces are small. */
const inflate: Inflate = (bytes, most) => {
  try {
    return inflateSync(bytes, { maxOutputLength: most });
  } catch {
    return undefined;
  }
};

/** Without a copy of the bytes. */
const sha256: Sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Entry of the worker thread that parses one HDF5 file. */
if (parentPort) {
  const port = parentPort;
  await serve(
    library,
    (message, transfer) => port.postMessage(message, transfer),
    (take) => port.on("message", take),
    { inflate, sha256 },
  );
}
