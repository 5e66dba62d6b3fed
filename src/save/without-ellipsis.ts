type Json = Readonly<Record<string, unknown>>;

/**
 * A model's JSON whose indices name every axis that Python's `...` stands for: Keras 3 takes `...` out of the text of an
 * `.h5` file before it asks what its own reader knows of it, and fails.
 */
export function withoutEllipsis(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withoutEllipsis);
  if (!isRecord(part)) return part;
  const node = isNode(part) ? { ...part, args: spelledOut(part.args) } : part;
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withoutEllipsis(value)]));
}

/** The arguments of `x[key]`; those of other calls as they are. */
function spelledOut(args: readonly unknown[]): readonly unknown[] {
  const [x, key, ...rest] = args;
  const rank = rankOf(x);
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key];
  const at = parts.findIndex(isEllipsis);
  if (rank === undefined || at < 0) return args;
  const named = parts.filter((one) => one !== null).length - 1;
  const slices = Array.from({ length: Math.max(0, rank - named) }, () => ALL);
  return [x, parts.toSpliced(at, 1, ...slices), ...rest];
}

const ALL = { class_name: "__slice__", config: { start: null, stop: null, step: null } };

const rankOf = (x: unknown): number | undefined =>
  isRecord(x) && isRecord(x.config) && Array.isArray(x.config.shape) ? x.config.shape.length : undefined;

const isRecord = (v: unknown): v is Json => typeof v === "object" && v !== null && !Array.isArray(v);
const isEllipsis = (v: unknown): boolean => isRecord(v) && v.class_name === "__ellipsis__";
const isNode = (v: Json): v is Json & { readonly args: readonly unknown[] } =>
  Array.isArray(v.args) && Object.hasOwn(v, "kwargs");
