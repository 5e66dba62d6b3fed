#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { headStart } from "./head-start.ts";

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});
const args = process.argv.slice(2);
const spawn = headStart(args);
// the program is loaded while the engine starts
const { processIo, runCommandLine } = await import("./program.ts");
process.exitCode = await runCommandLine(args, version(), processIo(spawn));
// all is done: once it is said, nothing is to be waited for, nor memory to be taken apart piece by piece
process.stderr.write("", () => process.stdout.write("", () => process.exit()));

/** Of the package that this file belongs to: above the sources and above what is built of them. */
function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
