import * as library from "h5wasm";
import { serve } from "./hdf5-serve.ts";

/** Entry of the Web Worker that parses one HDF5 file. */
const scope = globalThis as unknown as Pick<Worker, "postMessage" | "addEventListener">;
void serve(
  library,
  (message, transfer) => scope.postMessage(message, transfer),
  (take) => scope.addEventListener("message", (event) => take((event as MessageEvent).data)),
);
