import { Worker } from "node:worker_threads";
import type { Hdf5Port, Spawn } from "../formats/hdf5.ts";
import { connect } from "../formats/hdf5-port.ts";
import { hdf5WorkerFile } from "./worker-file.ts";

/** Engines in worker threads, each for one file. */
export const spawnThread: Spawn = async () => (await newThread()).port;

/** The same; the first is on its way before anybody asks for it, and ends with the process if nobody does. */
export function spawnAhead(): Spawn {
  let waiting: Promise<Thread> | undefined = newThread();
  waiting.then(
    ({ worker }) => worker.unref(),
    () => undefined,
  );
  return async () => {
    const taken = waiting ?? newThread();
    waiting = undefined;
    const { worker, port } = await taken;
    worker.ref();
    return port;
  };
}

interface Thread {
  readonly worker: Worker;
  readonly port: Promise<Hdf5Port>;
}

async function newThread(): Promise<Thread> {
  const worker = new Worker(await hdf5WorkerFile(), { execArgv: [], stdout: true, stderr: true });
  const port = connect({
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
  // whoever waits for the port is told; nobody may be waiting
  port.catch(() => undefined);
  return { worker, port };
}
