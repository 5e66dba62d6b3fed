import { operations } from "../operations/index.ts";
import type { Operation } from "../operations/operation.ts";
import { BACKEND, TENSORFLOW } from "./names.ts";
import { NODES } from "./node-names.ts";

/** A function of TensorFlow or of `keras.backend`, as the operation that computes the same. */
export interface Foreign {
  readonly operation: Operation;
  /** Its arguments in Python's order: under which name the operation has each; undefined where it has none. */
  readonly names: ReadonlyMap<string, string | undefined>;
  /** Arguments that the operation has not, with the only value that means nothing, where there is one. */
  readonly idle: ReadonlyMap<string, unknown>;
  /** Config where the function has another default. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const all = operations.flat() as readonly unknown[] as readonly Operation[];
const byClass = new Map(all.map((one) => [one.name, one]));

/** `Op ours:theirs same key=default !idle=value !whatever` */
function parsed(text: string): Foreign {
  const [name, ...words] = text.split(" ");
  const names = new Map<string, string | undefined>();
  const idle = new Map<string, unknown>();
  const defaults: Record<string, unknown> = {};
  for (const word of words) {
    const [, bang, ours, theirs = ours, value] = /^(!?)([\w.]+)(?::(\w+))?(?:=(.*))?$/.exec(word)!;
    names.set(theirs, bang ? undefined : ours);
    if (bang && value !== undefined) idle.set(theirs, JSON.parse(value));
    else if (!bang && value !== undefined) defaults[ours] = JSON.parse(value);
  }
  return { operation: byClass.get(name)!, names, idle, defaults };
}

const parsedAll = (table: Readonly<Record<string, string>>): ReadonlyMap<string, Foreign> =>
  new Map(Object.entries(table).map(([name, text]) => [name, parsed(text)]));

const tensorflow = parsedAll(TENSORFLOW);
const backend = parsedAll(BACKEND);
const nodes = parsedAll(NODES);

/** The function of a `TFOpLambda`: "math.add". */
export const exported = (name: string): Foreign | undefined => tensorflow.get(name);
/** The primitive of a NodeDef: "AddV2". */
export const ofNode = (op: string): Foreign | undefined => nodes.get(op);
/** `keras.backend.mean`, by its last name. */
export const ofBackend = (name: string): Foreign | undefined => backend.get(name);

const HOMES = ["", "math.", "nn.", "linalg.", "compat.v1."];
const OTHER_NAMES: Readonly<Record<string, string>> = {
  divide: "math.truediv",
  "math.divide": "math.truediv",
  "nn.swish": "nn.silu",
  "math.mod": "math.floormod",
  mod: "math.floormod",
  "nn.l2_normalize": "math.l2_normalize",
  "math.l2_normalize": "math.l2_normalize",
  "linalg.l2_normalize": "math.l2_normalize",
};

/** What `tf.name` is: many functions stand in several modules. */
export function named(path: string): Foreign | undefined {
  const other = Object.hasOwn(OTHER_NAMES, path) ? OTHER_NAMES[path] : path;
  const last = other.slice(other.lastIndexOf(".") + 1);
  const isPlain = /^((math|nn|linalg)\.)?\w+$/.test(other);
  const names = [other, ...(isPlain ? HOMES.map((home) => home + last) : [])];
  return names.map((name) => tensorflow.get(name)).find((one) => one !== undefined);
}

/** The name under which tf.keras shows an operation: "math.multiply"; undefined where it has none. */
export function exportedName(operation: Operation): string | undefined {
  const found = [...tensorflow].find(([, one]) => one.operation === operation);
  return found?.[0];
}

/** Operations that tf.keras shows as another one. */
const SHOWN_AS: Readonly<Record<string, string>> = {
  ReLU: "Relu",
  Divide: "TrueDivide",
  Abs: "Absolute",
  Amax: "Max",
  Amin: "Min",
};
/** The name under which summaries of tf.keras show an operation. */
export const shownName = (operation: Operation): string | undefined =>
  exportedName(byClass.get(SHOWN_AS[operation.name] ?? operation.name) ?? operation);

/** The class name by which the layer table knows an operation. */
export const className = ({ module, name }: Operation): string => `${module}.${name}`;
