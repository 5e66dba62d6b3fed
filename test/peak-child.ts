// What opening a model, and then saving it, takes at most: node --import tsx test/peak-child.ts SOURCE TARGET
import { loadModel } from "../src/node/index.ts";

/** Bytes that the process has held at once so far. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;

const [source, target] = process.argv.slice(2);
const none = peak();
const model = await loadModel(source);
const opened = peak() - none;
await model.save(target);
process.stdout.write(JSON.stringify({ opened, saved: peak() - none }));
