import { ModelError } from "../diagnostics.ts";
import type { H5File } from "./hdf5-engine.ts";
import { withinLimit } from "../diagnostics/limits.ts";

export type H5Kind = "group" | "dataset" | "other";

/**
 * What stands at an absolute path, every link on the way being a hard one; undefined if nothing does.
 * Soft and external links are refused by name.
 */
export function hardLinked(file: H5File, path: string): H5Kind | undefined {
  const parts = path.split("/").filter((part) => part !== "");
  withinLimit(file.limits, "depth", parts.length, "The nesting of the HDF5 groups", { path });
  let prefix = "";
  for (const part of parts) {
    const parent = prefix === "" ? "/" : prefix;
    prefix = `${prefix}/${part}`;
    if (file.trusted.has(prefix)) continue;
    if (!isGroup(file, parent) || !childrenOf(file, parent).has(part)) return undefined;
    refuseLink(file, prefix);
    file.trusted.add(prefix);
  }
  return kindOf(file, path);
}

function kindOf({ h5, id }: H5File, path: string): H5Kind {
  const type = h5.get_type(id, path);
  if (type === h5.H5G_GROUP) return "group";
  return type === h5.H5G_DATASET ? "dataset" : "other";
}

/** Only groups have children that are known. */
const isGroup = (file: H5File, path: string): boolean =>
  file.children.has(path) || kindOf(file, path) === "group";

/** Asks for the link before anything follows it. */
function refuseLink({ h5, id }: H5File, path: string): void {
  const soft = h5.get_symbolic_link(id, path) as string | null;
  if (soft !== null) throw linkError(path, "soft link", soft);
  const external = h5.get_external_link(id, path) as { filename?: string };
  if (external.filename !== undefined) throw linkError(path, "link to another file", external.filename);
}

/** The names in a group, asked for once. */
function childrenOf(file: H5File, group: string): ReadonlySet<string> {
  const known = file.children.get(group);
  if (known) return known;
  const names = new Set(file.h5.get_names(file.id, group, false));
  withinLimit(file.limits, "objects", names.size, "The number of HDF5 objects", { path: group });
  file.children.set(group, names);
  return names;
}

const linkError = (path: string, what: string, target: string): ModelError =>
  new ModelError({
    code: "hdf5-external",
    message: `The HDF5 file has a ${what}; only data that is in the file itself is read.`,
    at: { path },
    received: JSON.stringify(target.slice(0, 200)),
  });

/** The paths of all datasets below a group, in the library's order; bounded in depth and number. */
export function listDatasets(file: H5File, root: string): string[] {
  if (hardLinked(file, root) !== "group") return [];
  const found: string[] = [];
  const waiting = [root];
  let objects = 0;
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    const children = childrenOf(file, group);
    objects += children.size;
    withinLimit(file.limits, "objects", objects, "The number of HDF5 objects", { path: group });
    for (const child of children) {
      const path = group === "/" ? `/${child}` : `${group}/${child}`;
      const kind = hardLinked(file, path);
      if (kind === "group") waiting.push(path);
      else if (kind === "dataset") found.push(path);
    }
  }
  return found;
}
