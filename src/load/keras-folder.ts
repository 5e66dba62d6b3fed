import { ModelError } from "../diagnostics.ts";
import { CONFIG, memberLimit, METADATA, WEIGHTS } from "../formats/keras-members.ts";
import type { Parts } from "./parts.ts";

/** The files of a `.keras` model by the names that they have in an archive. */
export type Members = () => Promise<ReadonlyMap<string, Uint8Array>>;

/** Those in a folder, where nobody can say what else lies there. */
export function membersIn(part: Parts): Members {
  return async () => {
    const read = async (name: string): Promise<[string, Uint8Array][]> => {
      try {
        return [[name, await part(name)]];
      } catch (error) {
        if (error instanceof ModelError && ["file-enoent", "part-missing"].includes(error.code)) return [];
        throw error;
      }
    };
    const found = [];
    for (const name of [METADATA, CONFIG, WEIGHTS]) found.push(...(await read(name)));
    return new Map(found);
  };
}

/** Those among files that were given by their names. */
export function membersOf(record: object, part: Parts): Members {
  return async () => {
    const names = Object.keys(record).filter((name) => memberLimit(name) !== undefined);
    return new Map(await Promise.all(names.map(async (name) => [name, await part(name)] as const)));
  };
}
