import { readdirSync } from "node:fs";

const SKIPPED = new Set(["node_modules", "dist"]);

/** Paths of the hand-written source files below some folders, sorted. */
export function sources(folders) {
  return folders.flatMap(below).sort();
}

function below(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : below(path);
    return /\.(ts|mjs|js)$/.test(entry.name) && !entry.name.includes(".gen.") ? [path] : [];
  });
}
