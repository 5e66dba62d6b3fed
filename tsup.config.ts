import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { twoChunks } from "./scripts/chunks.ts";
import { inlineCommander } from "./scripts/commander.ts";
import { hdf5Binary } from "./scripts/hdf5-binary.ts";

rmSync("dist", { recursive: true, force: true });

const shared: Options = {
  format: "esm",
  target: "es2022",
  splitting: true,
  removeNodeProtocol: false,
  // A fifth less for V8 to read; names stay, and lines stay short, so that errors and traces say where they are.
  esbuildOptions: (options) => Object.assign(options, { minifyWhitespace: true, lineLimit: 160 }),
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
    noExternal: ["commander"],
    esbuildPlugins: [
      inlineCommander("dist/node"),
      twoChunks({ core: "src/node/index.ts", first: "src/node/cli/commands/summary.ts" }),
    ],
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
