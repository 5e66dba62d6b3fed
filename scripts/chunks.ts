import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { BuildOptions, Metafile, Plugin, PluginBuild } from "esbuild";

/** Source files that say which modules programs have loaded together. */
interface Plan {
  /** What a program that imports the package loads: all that this imports. */
  readonly core: string;
  /** A command that has to start fast. */
  readonly first: string;
}

/** The part of the core that the first command may need, as a module that imports all of it. */
const LEAD = "lead";

/**
 * The core as two chunks. esbuild makes one for every set of entries that share modules, and a module that is imported
 * later is an entry: dozens, each of which takes Node a millisecond. So every module that is imported later, and the core
 * itself, knows the lead as loaded, and the core where it needs more.
 */
export const twoChunks = (plan: Plan): Plugin => ({
  name: "two-chunks",
  async setup(build) {
    const { lead, before } = planned(await graphOf(build), plan);
    build.onResolve({ filter: /^lead$/ }, () => ({ path: LEAD, namespace: LEAD }));
    build.onLoad({ filter: /./, namespace: LEAD }, () => ({ contents: imports(lead), resolveDir: "." }));
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const needed = before.get(path);
      if (needed === undefined) return undefined;
      return { contents: imports([needed]) + (await readFile(path, "utf8")), loader: "ts" };
    });
  },
});

const imports = (paths: readonly string[]): string =>
  paths.map((path) => `import ${JSON.stringify(path)};\n`).join("");

interface Chunks {
  readonly lead: readonly string[];
  /** What a module has to import before all else. */
  readonly before: ReadonlyMap<string, string>;
}

function planned({ entries, later, closure }: Graph, plan: Plan): Chunks {
  const core = closure([plan.core]);
  const lead = closure([plan.first], "later as well").filter((file) => core.includes(file));
  const known = closure(entries);
  const before = (file: string): string => {
    const missing = closure([file]).some((f) => core.includes(f) && !lead.includes(f));
    return missing ? resolve(plan.core) : LEAD;
  };
  const those = later.filter((file) => !known.includes(file));
  return {
    lead: lead.map((file) => resolve(file)),
    before: new Map([[resolve(plan.core), LEAD], ...those.map((f) => [resolve(f), before(f)] as const)]),
  };
}

interface Graph {
  readonly entries: readonly string[];
  /** Files that `await import` brings. */
  readonly later: readonly string[];
  /** Files and all that they import, in the order of their evaluation. */
  closure(files: readonly string[], how?: "later as well"): readonly string[];
}

async function graphOf({ esbuild, initialOptions }: PluginBuild): Promise<Graph> {
  const { entryPoints, platform, external } = initialOptions;
  const options: BuildOptions = { format: "esm", splitting: true, outdir: "dist", packages: "external" };
  const { metafile } = await esbuild.build({
    ...options,
    entryPoints: Object.values(entryPoints as Record<string, string>),
    ...{ platform, external, bundle: true, write: false, metafile: true },
  });
  const files = Object.entries((metafile as Metafile).inputs);
  const importsOf = new Map(files.map(([file, { imports }]) => [file, imports.filter((i) => !i.external)]));
  const later = [...importsOf.values()].flat().filter(({ kind }) => kind === "dynamic-import");
  return {
    entries: Object.values(entryPoints as Record<string, string>),
    later: [...new Set(later.map(({ path }) => path))],
    closure(from, how) {
      const done = new Set<string>();
      const visit = (file: string): void => {
        if (seen.has(file)) return;
        seen.add(file);
        for (const { path, kind } of importsOf.get(file) ?? [])
          if (how !== undefined || kind === "import-statement") visit(path);
        done.add(file);
      };
      const seen = new Set<string>();
      from.forEach(visit);
      return [...done];
    },
  };
}
