#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { processIo } from "./io.ts";
import { runCommandLine } from "./program.ts";

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});
process.exitCode = await runCommandLine(process.argv.slice(2), version(), processIo());

/** Of the package that this file belongs to: above the sources and above what is built of them. */
function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
