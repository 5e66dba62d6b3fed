import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PATHS = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"];
const QUIET_FLAGS = ["--disable-quic", "--no-first-run", "--disable-component-update", "--disable-sync"];

/** Starts headless Chromium with a fresh profile; installs Debian's package where no browser is found. */
export async function launch() {
  const executablePath = find() ?? install();
  return chromium.launch({ executablePath, args: [...FLAGS, ...QUIET_FLAGS] });
}

const find = () => PATHS.find((path) => path && existsSync(path));

function install() {
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { status } = spawnSync("apt-get", args, { stdio: ["ignore", 2, 2] });
    if (status !== 0) throw new Error(`no Chromium was found, and apt-get ${args.join(" ")} failed`);
  }
  const path = find();
  if (!path) throw new Error("Debian's chromium was installed, but it is in none of the known places");
  return path;
}
