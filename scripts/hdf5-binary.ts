import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** What stands beside the worker: the library's WebAssembly, and the terms under which it is passed on. */
const [BINARY, LICENSE] = ["hdf5.wasm", "hdf5-LICENSE.txt"];

/** How h5wasm finds its WebAssembly: in a text with a character for each byte. */
const INLINED = /function findWasmBinary\(\)\{return binaryDecode\('((?:[^'\\]|\\.)*)'\)\}/s;

const NOTICE = `The HDF5 worker and ${BINARY} beside this notice are h5wasm, made by the National Institute of Standards and
Technology, under the terms that follow. Changed by the build of Keraunos, November 2026: the WebAssembly, which h5wasm
has as a text in its JavaScript, stands in a file of its own.

`;

/**
 * Puts h5wasm into the bundle and its WebAssembly into a file beside it: as a text in the source, these 3.5 MB are read,
 * parsed and decoded whenever an engine starts, which takes longer than compiling them.
 */
export const hdf5Binary = (outDir: string): Plugin => ({
  name: "hdf5-binary",
  setup(build) {
    build.onLoad({ filter: /h5wasm[/\\]dist[/\\]esm[/\\]hdf5_util\.js$/ }, async ({ path }) => {
      const source = await readFile(path, "utf8");
      const [inlined, text] = INLINED.exec(source) ?? [];
      if (inlined === undefined) throw new Error(`${path}: the WebAssembly is not where it was`);
      await writeBeside(outDir, decoded(text), dirname(path));
      return { contents: IMPORTS + source.replace(inlined, () => FROM_FILE), loader: "js" };
    });
  },
});

const IMPORTS = `import { readFileSync } from "node:fs";\n`;
const FROM_FILE = `function findWasmBinary() { return readFileSync(new URL("./${BINARY}", import.meta.url)); }`;

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r" };

/** The bytes that the characters between a pair of quotes stand for. */
function decoded(text: string): Uint8Array {
  const plain = text.replace(/\\(.)/gs, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
  return Uint8Array.from(plain, (character) => character.charCodeAt(0) & 0xff);
}

async function writeBeside(outDir: string, binary: Uint8Array, esm: string): Promise<void> {
  if (!WebAssembly.validate(binary as BufferSource)) throw new Error("h5wasm's WebAssembly was not decoded");
  const terms = await readFile(join(esm, "../../LICENSE.txt"), "utf8");
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, BINARY), binary);
  await writeFile(join(outDir, LICENSE), NOTICE + terms);
}
