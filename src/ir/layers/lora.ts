import type { Builder } from "../builder.ts";
import { int, nullable, number } from "../fields.ts";
import { initializer } from "../fields/initializer.ts";
import type { Node } from "../graph.ts";
import type { WeightSpec } from "../layer.ts";

/*
 * Low-rank adaptation: a kernel stays as it is, and what is trained is the product of two small factors that is added
 * to it.
 */

interface Rank {
  readonly lora_rank: number | null;
  readonly lora_alpha: number | null;
}
type Extras = NonNullable<Parameters<typeof nullable>[1]>;

/** The options, with what is particular to them in one layer. */
export const loraFields = (rank: Extras, alpha = rank) => ({
  lora_rank: nullable(int(undefined, { min: 0 }), { ...rank, keras2_key: null, numpy: true }),
  lora_alpha: nullable(number(), { ...alpha, keras2_key: null, numpy: true }),
});

/**
 * The options as Keras has them once the layer is built: a rank of 0 is none. Dense and Embedding forget their alpha
 * there, and take the rank for it (`alpha` false).
 */
export function settledLora<C extends Rank>(
  c: C,
  { constraint, alpha }: { readonly constraint: string; readonly alpha: boolean },
  wrong: (key: string, expected: string, received: string) => void,
): C {
  if (!c.lora_rank) return { ...c, lora_rank: null, lora_alpha: null };
  if (c[constraint as keyof C] !== null)
    wrong("lora_rank", `none beside a ${constraint}, as in Keras`, String(c.lora_rank));
  return { ...c, lora_alpha: (alpha ? c.lora_alpha : null) ?? c.lora_rank };
}

interface Adapted {
  readonly whole: WeightSpec;
  readonly a: WeightSpec | undefined;
  readonly b: WeightSpec | undefined;
}
const heUniform = initializer("HeUniform").default;
const zeros = initializer("Zeros").default;

/** A weight with its factors `lora_<name>_a` and `lora_<name>_b`, where there is a rank; else as it is. */
export function adapted({ lora_rank, lora_alpha }: Rank, name: string, whole: WeightSpec): Adapted {
  if (!lora_rank) return { whole, a: undefined, b: undefined };
  const { shape, regularizer = null } = whole;
  const factors = [`lora_${name}_a`, `lora_${name}_b`] as const;
  return {
    whole: { ...whole, trainable: false, adapted: { factors, scale: lora_alpha! / lora_rank } },
    a: { shape: [...shape.slice(0, -1), lora_rank], initializer: heUniform, regularizer },
    b: { shape: [lora_rank, shape.at(-1)!], initializer: zeros, regularizer },
  };
}

/** What such a weight draws when its layer is built. */
export const loraDraws = ({ lora_rank }: Rank, name: string): readonly string[] =>
  lora_rank ? [`lora_${name}_a`] : [];

/** The weight that is computed with. */
export function merged(
  build: Builder,
  { lora_rank, lora_alpha }: Rank,
  { whole, a, b }: { readonly whole: Node; readonly a: Node | undefined; readonly b: Node | undefined },
): Node {
  return a && b ? build.add(whole, build.mul(build.matmul(a, b), lora_alpha! / lora_rank!)) : whole;
}
