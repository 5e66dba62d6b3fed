type Json = Readonly<Record<string, unknown>>;

/** Names that TensorFlow.js, its converter and we give to shards. */
const SHARD = /^group\d+-shard\d+of\d+(-[0-9a-f]{16})?\.bin$/;

/** The shards that the text of a `model.json` names, as far as their names are such as shards have; none where it is no such text. */
export function shardNames(text: string): ReadonlySet<string> {
  const names = groupsOf(parsed(text)).flatMap(({ paths }): unknown[] => (Array.isArray(paths) ? paths : []));
  return new Set(names.filter((name): name is string => typeof name === "string" && SHARD.test(name)));
}

/** The text of a `model.json` with other names for its shards. */
export function withShardNames(text: string, renamed: ReadonlyMap<string, string>): string {
  const document = parsed(text) as Json;
  const weightsManifest = groupsOf(document).map((group) => ({
    ...group,
    paths: (group.paths as readonly string[]).map((name) => renamed.get(name) ?? name),
  }));
  return JSON.stringify({ ...document, weightsManifest });
}

/** A name for a shard that tells its bytes by their hash. */
export const hashedName = (name: string, hash: string): string =>
  name.replace(/\.bin$/, `-${hash.slice(0, 16)}.bin`);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function groupsOf(document: unknown): Json[] {
  const groups = isRecord(document) ? document.weightsManifest : undefined;
  return Array.isArray(groups) ? groups.filter(isRecord) : [];
}

const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
