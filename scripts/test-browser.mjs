// Runs the cases of test/browser/*.mjs in headless Chromium, against the built package bundled as a web page would have it.
// A case file exports `cases`: name → async (browser) => void, which throws where something is wrong.
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { launch } from "./chromium.mjs";
import { serve } from "./serve.mjs";
import { tally } from "./tally.mjs";

const FOLDER = "test/browser";
const CASE_LIMIT_MS = 120_000;
const count = tally();
const site = mkdtempSync(join(tmpdir(), "keraunos-browser-"));

try {
  await run();
} catch (error) {
  count.fail("browser", error.stack ?? error);
} finally {
  rmSync(site, { recursive: true, force: true });
}
count.close();

async function run() {
  if (!existsSync("dist/index.js")) throw new Error("dist is missing; run npm run build");
  await bundle();
  const server = await serve({
    "/": site,
    "/dist/": "dist",
    "/test/": FOLDER,
    "/fixtures/": "fixtures",
    "/examples/": "examples",
  });
  const chromium = await launch();
  try {
    await runCases({
      chromium,
      site,
      address: server.address,
      page: (options) => openPage(chromium, server, options),
    });
  } finally {
    await chromium.close();
    await server.close();
  }
}

/** A bundler for browsers must find every import: one that needs Node is an error here. */
async function bundle() {
  const options = { bundle: true, splitting: true, format: "esm", platform: "browser", target: "es2022" };
  await build({
    ...options,
    entryPoints: { keraunos: "dist/index.js", "hdf5-web-worker": "dist/hdf5-web-worker.js" },
    outdir: site,
    logLevel: "error",
  });
}

async function runCases(browser) {
  const wanted = process.argv.slice(2);
  const files = readdirSync(FOLDER).filter(
    (n) => n.endsWith(".mjs") && (!wanted.length || wanted.some((w) => n.includes(w))),
  );
  if (files.length === 0) count.fail(FOLDER, "no test was found");
  for (const file of files.sort()) {
    const { cases } = await import(pathToFileURL(resolve(FOLDER, file)));
    for (const [name, check] of Object.entries(cases)) await runCase(`${file} ${name}`, check, browser);
  }
}

async function runCase(name, check, browser) {
  let timer;
  const limit = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${CASE_LIMIT_MS} ms`)), CASE_LIMIT_MS);
  });
  try {
    await Promise.race([check(browser), limit]);
    count.pass(name);
  } catch (error) {
    count.fail(name, error.stack ?? error);
  } finally {
    clearTimeout(timer);
  }
}

/** An empty page, or one that runs a module; `csp` is its Content-Security-Policy. What it logs as an error, and what it throws, is in `page.complaints`. */
async function openPage(chromium, server, options = {}) {
  const page = await chromium.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && page.complaints.push(message.text()));
  await page.goto(server.blank(options));
  return page;
}
