import { Worker } from "node:worker_threads";
import type { Spawn } from "../formats/hdf5.ts";
import { connect } from "../formats/hdf5-port.ts";
import { hdf5WorkerFile } from "./worker-file.ts";

/** Engines in worker threads, each for one file. */
export const spawnThread: Spawn = async () => {
  const worker = new Worker(await hdf5WorkerFile(), { execArgv: [], stdout: true, stderr: true });
  return connect({
    cpu: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    post: (message, transfer) => worker.postMessage(message, transfer),
    onMessage: (take) => worker.on("message", take),
    onDeath: (take) =>
      worker.on("error", (error) => take(error instanceof Error ? error.message : String(error))),
    end: () => void worker.terminate(),
  });
};
