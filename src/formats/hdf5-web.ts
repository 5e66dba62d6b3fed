import type { Spawn } from "./hdf5.ts";
import { connect } from "./hdf5-port.ts";

/**
 * Engines in Web Workers. `create` makes a module worker of `keraunos/hdf5-web-worker`; how its address is found
 * is up to the page's bundler.
 */
export const spawnWebWorker =
  (create: () => Worker): Spawn =>
  () => {
    const worker = create();
    return connect({
      post: (message, transfer) => worker.postMessage(message, transfer),
      onMessage: (take) => worker.addEventListener("message", (event) => take(event.data)),
      onDeath: (take) =>
        worker.addEventListener("error", (event) => take(event.message || "it could not be started")),
      end: () => worker.terminate(),
    });
  };
