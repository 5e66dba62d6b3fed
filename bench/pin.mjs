import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";

/** Runs this same command again on one core where several are free to it, so that no engine gets a second thread and the system does not move it. False where it is on one core already. */
export function onOneCore() {
  const cores = availableParallelism();
  if (cores === 1) return false;
  const args = ["-c", String(cores - 1), process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const { status, error } = spawnSync("taskset", args, { stdio: "inherit" });
  if (error) {
    console.error("taskset is missing: the run is not bound to one core");
    return false;
  }
  process.exitCode = status ?? 1;
  return true;
}
