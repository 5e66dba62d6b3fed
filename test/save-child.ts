// Saves one file again and again until it is killed: node --import tsx test/save-child.ts TARGET FILL BYTES
import { saveBytes } from "../src/node/save.ts";

const [target, fill, size] = process.argv.slice(2);
const bytes = new Uint8Array(Number(size)).fill(Number(fill));
await saveBytes(target, bytes);
process.stdout.write("ready\n");
for (;;) await saveBytes(target, bytes);
