import type { Generation } from "../../ir/fields.ts";
import { isSource, type Layer, type Model, objectOf } from "../../ir/model.ts";
import type { Counter } from "./counter.ts";
import { type Doc, lines } from "./layout.ts";

/** A source while it is written. */
export interface Source {
  readonly keras: Generation;
  readonly counter: Counter;
  /** A new variable. */
  readonly variable: (wish: string) => string;
  readonly lines: string[];
  /** Modules that are used. */
  readonly imports: Set<string>;
  /** The variables of layers, nested models and inputs. */
  readonly variables: Map<Layer, string>;
  /** The variables of models inside layers. */
  readonly held: Map<unknown, string>;
  /** How often each layer is called or listed. */
  readonly uses: ReadonlyMap<Layer, number>;
}

export const write = ({ lines: all }: Source, doc: Doc): void => void all.push(...lines(doc));
/** An empty line, but never two. */
export const pause = ({ lines: all }: Source): void => void (all.length && all.at(-1) !== "" && all.push(""));

/** How often each layer is used, in a model and all models inside it, each looked into once. */
export function usesOf(root: Model): Map<Layer, number> {
  const uses = new Map<Layer, number>();
  const visit = (model: Model): void => {
    for (const layer of model.layers) {
      const known = uses.get(objectOf(layer)) ?? 0;
      uses.set(objectOf(layer), known + Math.max(1, layer.calls.length));
      if (layer.model && !known) visit(layer.model);
    }
  };
  visit(root);
  return uses;
}

/** The layers of a model that have a flag of their own. */
export const flagged = (model: Model): readonly Layer[] => model.layers.filter((layer) => !isSource(layer));
