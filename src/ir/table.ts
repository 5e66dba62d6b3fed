/** What a generated index lists: an object with a name and perhaps older ones. */
interface Named {
  readonly name: string;
  readonly aliases?: readonly string[];
}

/** Entries by every name they answer to. */
export function tableOf<T extends Named>(entries: readonly T[]): ReadonlyMap<string, T> {
  const table = new Map<string, T>();
  for (const entry of entries)
    for (const name of [entry.name, ...(entry.aliases ?? [])]) table.set(name, entry);
  return table;
}
