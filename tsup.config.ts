import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "esbuild";
import { defineConfig, type Options } from "tsup";
import { hdf5Binary } from "./scripts/hdf5-binary.ts";

rmSync("dist", { recursive: true, force: true });

const shared: Options = { format: "esm", target: "es2022", splitting: true };

/** What a program that imports the package has loaded before it meets any file. */
const CORE = fileURLToPath(new URL("src/node/index.ts", import.meta.url));

/**
 * Modules that are loaded later know the core as loaded. Modules that are wanted by the same entries share a chunk, so that
 * the core becomes one file instead of dozens, each of which takes Node a millisecond.
 */
const oneCore: Plugin = {
  name: "one-core",
  setup(build) {
    build.onResolve({ filter: /^core$/ }, () => ({ path: CORE, sideEffects: true }));
    build.onResolve({ filter: /^\./ }, async ({ kind, path, resolveDir, importer, pluginData }) => {
      if (kind !== "dynamic-import" || pluginData === "seen") return undefined;
      const options = { kind, resolveDir, importer, pluginData: "seen" };
      return { ...(await build.resolve(path, options)), pluginData: "later" };
    });
    build.onLoad({ filter: /\.ts$/ }, async ({ path, pluginData }) => {
      if (pluginData !== "later") return undefined;
      const { readFile } = await import("node:fs/promises");
      return { contents: `import "core";\n${await readFile(path, "utf8")}`, loader: "ts" };
    });
  },
};

/**
 * Three builds, so that every file of the Node build lies below `dist/node` and finds its neighbours there, and its worker
 * is one file. Dependencies stay outside, but for what the worker needs, and `await import` keeps them out of programs that
 * never meet their format.
 */
export default defineConfig([
  {
    ...shared,
    entry: { index: "src/index.ts", "hdf5-web-worker": "src/formats/hdf5-web-worker.ts" },
    outDir: "dist",
    platform: "browser",
    dts: types("src/index.ts"),
  },
  {
    ...shared,
    entry: { index: "src/node/index.ts", "cli/main": "src/node/cli/main.ts" },
    outDir: "dist/node",
    platform: "node",
    esbuildPlugins: [oneCore],
    // Asked for only when the sources run unbuilt, in tests.
    external: ["esbuild"],
    dts: types("src/node/index.ts"),
  },
  {
    ...shared,
    entry: { "hdf5-worker": "src/node/hdf5-worker.ts" },
    outDir: "dist/node",
    platform: "node",
    splitting: false,
    noExternal: ["h5wasm"],
    esbuildPlugins: [hdf5Binary("dist/node")],
  },
]);

// tsup sets `baseUrl` for its type bundles, which TypeScript 6 calls deprecated.
function types(index: string): Options["dts"] {
  return { entry: { index }, compilerOptions: { ignoreDeprecations: "6.0" } };
}
