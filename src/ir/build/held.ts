import type { Diagnostic } from "../../diagnostics.ts";
import type { InnerLayer } from "../layer.ts";
import type { LayerSpec } from "../spec.ts";
import type { Resolved } from "./resolve.ts";
import { called, placed, type Site } from "./site.ts";

type Holder = Pick<Resolved, "def" | "config">;
const heldBy = ({ def, config }: Holder): readonly InnerLayer[] =>
  Object.values(def.parts?.(config) ?? {}).flatMap((inner) => [inner, ...heldBy(inner)]);

/** Whether a layer remembers anything from batch to batch, which would go on from one of its places to the other. */
const remembers = ({ def, config }: Holder): boolean => (def.remembers?.(config) ?? []).length > 0;

/** Refuses layers that stand inside another one and in a second place, too, where they remember anything. */
export function checkHeld(spec: LayerSpec, path: string, resolved: Resolved, site: Site): void {
  if (spec.id !== undefined && site.held.has(spec.id) && remembers(resolved))
    site.problems.push(twice(called(resolved.def.name, path), spec, path));
  for (const inner of heldBy(resolved).filter(remembers)) {
    if (inner.id === undefined) continue;
    if (site.held.has(inner.id) || site.shared.has(inner.id))
      site.problems.push(twice(called(inner.def.name, inner.name), spec, path));
    site.held.add(inner.id);
  }
}

function twice(layer: string, { at }: LayerSpec, path: string): Diagnostic {
  return {
    code: "shared-inner-layer",
    message: `Layer ${layer} stands inside another layer and in a second place.`,
    at: placed(at, path),
    expected: "a layer of its own in each place",
    hint: "A layer inside another shares its weights and random numbers, but not its states.",
  };
}
