import { parentPort } from "node:worker_threads";
import { serve } from "../formats/hdf5-serve.ts";

/** Entry of the worker thread that parses one HDF5 file. */
if (parentPort) {
  const port = parentPort;
  await serve(
    (message, transfer) => port.postMessage(message, transfer),
    (take) => port.on("message", take),
  );
}
