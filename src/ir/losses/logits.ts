import type { Builder, Logits } from "../builder.ts";
import type { OlderKeras } from "../fields.ts";
import { releaseOf } from "../fields/release.ts";
import type { Node } from "../graph.ts";

/**
 * Of what activations a crossentropy looks behind its probabilities: of any since tf.keras 2.4; of its own one since
 * Keras 2.3, where that is an operation of TensorFlow's graph; of none before.
 */
type Looks = "behind any" | "behind its own" | "behind none";

function looks(older: OlderKeras | undefined): Looks {
  const release = older && releaseOf(older);
  if (!release || release.number >= 20400) return "behind any";
  return release.tensorflow || release.number >= 20300 ? "behind its own" : "behind none";
}

/** What a crossentropy is computed from in the place of probabilities; undefined where it is computed from these. */
export function logitsOf(
  b: Builder,
  p: Node,
  { from_logits }: { readonly from_logits: boolean },
  own: NonNullable<Logits["by"]>,
  older: OlderKeras | undefined,
): Node | undefined {
  const known = b.logits.get(p);
  const how = looks(older);
  if (how === "behind any") return known?.of ?? (from_logits ? p : undefined);
  if (from_logits) return p;
  // above two dimensions its softmax is written out
  const whole = own === "sigmoid" || p.shape.length === 2;
  return how === "behind its own" && known?.by === own && whole ? known.of : undefined;
}

/** Whether binary crossentropy adds epsilon to probabilities that are kept within it already, as TensorFlow's Keras 2 does. */
export const addsEpsilon = (older: OlderKeras | undefined): boolean =>
  older !== undefined && looks(older) !== "behind none";
