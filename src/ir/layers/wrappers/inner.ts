import { boundArguments } from "../../bound-arguments.ts";
import type { Bound, CallArguments } from "../../call-arguments.ts";
import { requiredIn } from "../../call-arguments.ts";
import type { Node } from "../../graph.ts";
import type { InnerLayer, LayerOne, WeightSpec, WeightSpecs } from "../../layer.ts";
import type { Fields, OlderKeras } from "../../fields.ts";
import type { Raw } from "../../fields/read.ts";

/** A layer that is called on one tensor, its own types forgotten. */
export interface Inside extends InnerLayer {
  readonly def: LayerOne<Fields, WeightSpecs, CallArguments>;
}

/** Why a layer cannot be called on one tensor alone; undefined where it can. */
export function notOnOneTensor({ def }: InnerLayer): string | undefined {
  if (def.arity === "many" || def.source) return def.name;
  const [needed] = requiredIn(def.call);
  return needed && `${def.name}, whose calls need ${needed}`;
}

/** The arguments of a call that says nothing but its input. */
export const noArguments = <T>({ def }: InnerLayer): Bound<CallArguments, T> =>
  boundArguments<T>(def, {}, () => {
    throw new TypeError("no tensor is passed");
  });

/** What tells the weight of a layer object from all others. */
export const originOf = (id: number | undefined, weight: string): string | undefined =>
  id === undefined ? undefined : `${id}/${weight}`;

/** The weights of an inner layer as the outer one lists them. */
export function outerWeights(
  { name, config, id, def }: InnerLayer,
  holder: string,
  weights: WeightSpecs,
): Record<string, WeightSpec> {
  const entries = Object.entries(weights).flatMap(([key, spec]): [string, WeightSpec][] => {
    if (!spec) return [];
    const inside = spec.holder === undefined ? holder : `${holder}/${spec.holder}`;
    const trainable = (config.trainable !== false || def?.trains_parts === true) && spec.trainable !== false;
    const origin = spec.origin ?? originOf(id, key);
    const { adapted } = spec;
    const outer = adapted && { adapted: { ...adapted, factors: both(adapted.factors, name) } };
    return [[`${name}/${key}`, { ...spec, ...outer, holder: inside, trainable, ...(origin && { origin }) }]];
  });
  return Object.fromEntries(entries);
}

const both = ([a, b]: readonly [string, string], name: string): readonly [string, string] => [
  `${name}/${a}`,
  `${name}/${b}`,
];

/** The weights of an inner layer among those of the outer one. */
export function innerWeights(
  { name }: InnerLayer,
  weights: Readonly<Record<string, Node | undefined>>,
): Record<string, Node | undefined> {
  const own = Object.entries(weights).filter(([key]) => key.startsWith(`${name}/`));
  return Object.fromEntries(own.map(([key, node]) => [key.slice(name.length + 1), node]));
}

/** Whether the layer or one inside it adds to the loss by what it gives out. */
export const penalises = ({ def, config }: InnerLayer): boolean =>
  Boolean(config.activity_regularizer) || def.penalises?.(config) === true;

/** The flag of a wrapper of Keras 1 freezes the layer inside it, whose own flag does not say so. */
export function frozenInside(config: Raw, { version = "1" }: OlderKeras): Raw {
  const { layer } = config as { readonly layer?: { readonly config?: Raw } };
  if (config.trainable !== false || !layer?.config || !/^[01](\.|$)/.test(version)) return config;
  return { ...config, layer: { ...layer, config: { ...layer.config, trainable: false } } };
}
