import { type Diagnostic, inLine, type Where } from "../../diagnostics.ts";
import type { OlderKeras } from "../fields.ts";
import type { Layer, Model, Weight } from "../model.ts";
import type { ModelSpec } from "../spec.ts";
import type { Shape } from "../tensor.ts";
import type { LayerTable } from "../layers/index.ts";
import type { LayerDef } from "../layer.ts";
import type { Refused } from "../fields/read.ts";

/** What the parts of one build share. */
export interface Site {
  readonly layers: LayerTable;
  /** Every problem found; the model is thrown away if there is one. */
  readonly problems: Diagnostic[];
  /** The next seed drawn by a layer's construction; undefined where nobody seeded. */
  draw(): number | undefined;
  /** Paths of the weights made so far. */
  readonly paths: Set<string>;
  /** Layers that more than one model lists, by the id of their spec. */
  readonly shared: Map<number, Draft<Layer>>;
  /** Weights by their origin: see `WeightSpec.origin`. */
  readonly made: Map<string, Weight>;
  /** Ids of layers that others hold. */
  readonly held: Set<number>;
  /** The Keras 1 or 2 as whose layers all are to compute. */
  readonly older?: OlderKeras;
  /** How a layer class's config values are checked; by its fields' schemas where absent. */
  checks?(def: LayerDef): Refused | undefined;
  /** Builds a nested model as far as it can be before anything calls it. */
  build(spec: ModelSpec, path: string): Model;
  /** How a model that waits for its input shape is built; `scope` is Keras's name scope at that moment. */
  readonly waiting: Map<Model, (shape: Shape, scope: string) => void>;
}

/** Something under construction: plain data that is still being filled in. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] };

/** Thrown where a shape does not fit a layer, and caught by whoever knows the layer. */
export class MisfitError extends Error {
  readonly expected: string;
  readonly received: string;
  readonly hint: string | undefined;
  constructor(expected: string, received: string, hint?: string) {
    super(expected);
    this.expected = expected;
    this.received = received;
    this.hint = hint;
  }
}

export function misfit(expected: string, received: string, hint?: string): never {
  throw new MisfitError(expected, received, hint);
}

/** A layer as messages call it. */
export const called = (what: string, path: string): string => `${inLine(what)} "${inLine(path)}"`;

/** The place of a problem, with the path of the layer where the source gave none. */
export const placed = (at: Where, path: string): Where =>
  at.path === undefined && at.line === undefined ? { ...at, path } : at;

/** A name that none of `taken` is, numbered where it must be; it is taken now. */
export function unique(name: string, taken: Set<string>): string {
  let free = name;
  for (let k = 1; taken.has(free); k++) free = `${name}_${k}`;
  taken.add(free);
  return free;
}

export const join = (path: string, name: string): string => (path ? `${path}/${name}` : name);
