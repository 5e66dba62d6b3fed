// What opening a model, and then saving it, takes at most: node --import tsx test/peak-child.ts SOURCE TARGET
import { existsSync, readFileSync } from "node:fs";
import { loadModel } from "../src/node/index.ts";

/** Bytes that the process has held at once so far. Where Linux says it: `maxRSS` begins there with what the parent held. */
function peak(): number {
  const status = existsSync("/proc/self/status") ? readFileSync("/proc/self/status", "utf8") : "";
  const [, kib = process.resourceUsage().maxRSS] = /^VmHWM:\s*(\d+) kB$/m.exec(status) ?? [];
  return Number(kib) * 1024;
}

const [source, target] = process.argv.slice(2);
const none = peak();
const model = await loadModel(source);
const opened = peak() - none;
await model.save(target);
process.stdout.write(JSON.stringify({ opened, saved: peak() - none }));
