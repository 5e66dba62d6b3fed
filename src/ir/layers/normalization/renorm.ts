import type { Builder } from "../../builder.ts";
import type { InitializerConfig } from "../../config.ts";
import type { Optional } from "../../fields.ts";
import { show } from "../../fields/schema.ts";
import type { Node } from "../../graph.ts";

/** How far a correction may go; no bound where absent. */
export interface Clipping {
  readonly rmin?: number | null;
  readonly rmax?: number | null;
  readonly dmax?: number | null;
}
const BOUNDS: ReadonlySet<string> = new Set(["rmin", "rmax", "dmax"]);
const isBound = (value: unknown): boolean => value === null || typeof value === "number";

export const clipping: Optional<Clipping | null> & { readonly since: string } = {
  schema: {
    anyOf: [{ type: "null" }, { type: "object" }],
    description: "numbers by the names rmin, rmax and dmax, or null",
  },
  default: null,
  read(value, report) {
    const wrong = Object.entries(value ?? {}).find(([key, bound]) => !BOUNDS.has(key) || !isBound(bound));
    if (wrong)
      report({
        expected: "numbers by the names rmin, rmax and dmax",
        received: `${wrong[0]}: ${show(wrong[1])}`,
      });
    return value as Clipping | null;
  },
  since: "3.14",
};

type Wrong = (key: string, expected: string, received: string) => void;
/** Bounds between which nothing lies are refused. */
export function checkClipping({ rmin, rmax, dmax }: Clipping, wrong: Wrong): void {
  if (typeof rmin === "number" && typeof rmax === "number" && rmax < rmin)
    wrong("renorm_clipping", "rmax not below rmin", `rmin ${rmin} and rmax ${rmax}`);
  if (typeof dmax === "number" && dmax < 0) wrong("renorm_clipping", "dmax not below 0", `${dmax}`);
}

/** The initializer of a deviation beside that of its variance; undefined for variances that are drawn. */
export function deviation({ class_name, config }: InitializerConfig): InitializerConfig | undefined {
  if (class_name === "Zeros" || class_name === "Ones") return { class_name, config };
  if (class_name !== "Constant" || typeof config.value !== "number") return undefined;
  return { class_name, config: { ...config, value: Math.sqrt(config.value) } };
}

/** What brings a batch's own statistics to the running ones: x · r + d; both count as constants. */
export function corrections(
  b: Builder,
  batch: { readonly mean: Node; readonly stddev: Node },
  running: { readonly mean: Node; readonly stddev: Node },
  { rmin, rmax, dmax }: Clipping,
  epsilon: number,
): { readonly r: Node; readonly d: Node } {
  const stddev = b.max(running.stddev, Math.sqrt(epsilon));
  const ratio = b.div(batch.stddev, stddev);
  const least = typeof rmin === "number" ? b.max(ratio, rmin) : ratio;
  const r = typeof rmax === "number" ? b.min(least, rmax) : least;
  const apart = b.div(b.sub(batch.mean, running.mean), stddev);
  const d = typeof dmax === "number" ? b.clip(apart, -dmax, dmax) : apart;
  return { r: b.stop(r), d: b.stop(d) };
}
