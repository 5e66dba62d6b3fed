import { copyFile, mkdir } from "node:fs/promises";
import type { Plugin } from "esbuild";

const [REQUIRED, IMPORTED] = ["required", "imported"];

/**
 * Puts commander into the bundle: as modules of their own, its files of CommonJS take Node longer to load than a summary
 * takes to make. Its terms are put beside.
 */
export const inlineCommander = (outDir: string): Plugin => ({
  name: "inline-commander",
  setup(build) {
    // a module has no `require`: what commander requires of Node is imported for it
    build.onResolve({ filter: /^node:/ }, ({ kind, path, namespace }) =>
      kind === "require-call" ? { path, namespace: namespace === REQUIRED ? IMPORTED : REQUIRED } : undefined,
    );
    build.onLoad({ filter: /./, namespace: REQUIRED }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)}).default;`,
    }));
    build.onLoad({ filter: /./, namespace: IMPORTED }, ({ path }) => ({
      contents: `export { default } from ${JSON.stringify(path)};`,
    }));
    build.onEnd(async () => {
      await mkdir(outDir, { recursive: true });
      await copyFile("node_modules/commander/LICENSE", `${outDir}/commander-LICENSE.txt`);
    });
  },
});
