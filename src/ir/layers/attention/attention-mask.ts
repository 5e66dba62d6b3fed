import type { Builder } from "../../builder.ts";
import type { OlderKeras } from "../../fields.ts";
import type { Node } from "../../graph.ts";
import type { Mask } from "../../layer.ts";
import { both, lifted, notEqual } from "../masks.ts";

/** The masks that a call of attention knows. */
export interface Masks {
  readonly query_mask: Mask;
  readonly value_mask: Mask;
  readonly key_mask: Mask;
  /** Whatever is not 0 is attended to. */
  readonly attention_mask: Mask;
  readonly use_causal_mask: boolean;
}

/**
 * Which key each query sees, of shape [n or 1, queries, keys]: all masks together; undefined where there is none. Keras 2
 * takes the numbers of a mask that is given as they are where it knows no other.
 */
export function attentionMask(
  b: Builder,
  { sliding_window }: { readonly sliding_window: number | null },
  query: Node,
  value: Node,
  masks: Masks,
  older: OlderKeras | undefined,
): Mask {
  const last = (mask: Mask): Mask => mask && lifted(b, mask, mask.shape.length);
  const first = (mask: Mask): Mask => mask && lifted(b, mask, mask.shape.length - 1);
  const { attention_mask: given, use_causal_mask } = masks;
  const position = use_causal_mask || sliding_window ? positions(b, query, value) : undefined;
  const known = [
    first(masks.value_mask),
    first(masks.key_mask),
    position && use_causal_mask ? b.greater(1, b.sub(position.key, position.query)) : undefined,
    position && sliding_window
      ? b.less(b.abs(b.sub(position.key, position.query)), sliding_window)
      : undefined,
  ].reduce<Mask>((x, y) => both(b, x, y), last(masks.query_mask));
  if (!given || (older && !known)) return given ?? known;
  return both(b, known, notEqual(b, given, 0));
}

/** The number of each query and each key, [1, queries, 1] and [1, 1, keys]. */
function positions(b: Builder, query: Node, value: Node): { readonly query: Node; readonly key: Node } {
  const [queries, keys] = [query.shape[1] as number, value.shape[1] as number];
  return { query: b.reshape(b.iota(queries), [1, queries, 1]), key: b.reshape(b.iota(keys), [1, 1, keys]) };
}
