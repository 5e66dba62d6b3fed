import { ModelError } from "../diagnostics.ts";
import { grouped, outputCount } from "../ir/build.ts";
import { show } from "../ir/fields/schema.ts";
import { isLiteral } from "../ir/model.ts";
import type { Literal } from "../ir/spec.ts";
import { unnamed } from "./held.ts";

/** A layer or model that somebody made, before it has its name. */
export interface Handle {
  readonly class_name: string;
  /** Given by the user; otherwise the model it ends up in names it. */
  readonly name: string | undefined;
  readonly config: Readonly<Record<string, unknown>>;
  /** Set for a model. */
  readonly model?: ModelParts;
  /** When it was made, relative to others. */
  readonly stamp: number;
  /** Its calls, in the order in which they were made. */
  readonly calls: CallRecord[];
}

export interface ModelParts {
  readonly class_name: "Sequential" | "Functional";
  /** Sequential only. */
  readonly layers: readonly Handle[];
  /** Functional only. */
  readonly inputs: Tensors;
  readonly outputs: Tensors;
  readonly trainable: boolean;
  readonly seed: number | undefined;
}

export interface CallRecord {
  readonly layer: Handle;
  readonly args: readonly Passed[];
  readonly kwargs: Readonly<Record<string, Passed>>;
  readonly inputs: readonly SymbolicTensor[];
  readonly stamp: number;
}

/** An argument of a call: symbolic tensors, perhaps null or numbers between them, what is plain, or an index. */
export type Passed = Tensors | Literal | readonly Passed[] | string | number | boolean | null;

/** A tensor that a model will compute: what `Input` and calls of layers give. */
export interface SymbolicTensor {
  readonly kind: "symbolic";
  readonly node: CallRecord;
  readonly index: number;
  /** The mask that Keras 3 hangs on it. */
  readonly mask?: SymbolicTensor;
}
/** One symbolic tensor, or a list or record of them. */
export type Tensors = SymbolicTensor | readonly Tensors[] | { readonly [key: string]: Tensors };

export const isSymbolic = (nest: Tensors): nest is SymbolicTensor =>
  !Array.isArray(nest) && (nest as SymbolicTensor).kind === "symbolic";

const DEPTH = 32;
/** Whether a value is a nest of symbolic tensors, at least one. */
export function isTensors(value: unknown, depth = DEPTH): value is Tensors {
  if (typeof value !== "object" || value === null || depth === 0) return false;
  if ((value as Partial<SymbolicTensor>).kind === "symbolic") return true;
  const parts: readonly unknown[] = Object.values(value);
  return parts.length > 0 && parts.every((part) => isTensors(part, depth - 1));
}
/** Refuses what is no nest of symbolic tensors. */
export function checkTensors(what: string, value: unknown): asserts value is Tensors {
  if (isTensors(value)) return;
  throw new ModelError({
    code: "bad-tensor",
    message: `${what} is not made of symbolic tensors.`,
    expected: "what Input or a call of a layer gives, or a list or record of that",
    received: show(value),
  });
}

/** The leaves of a nest from left to right. */
export function flat(nest: Tensors): SymbolicTensor[] {
  if (isSymbolic(nest)) return [nest];
  return Object.values(nest as object).flatMap((part) => flat(part as Tensors));
}

/** Numbers that only grow. They tell what was made before what, which is the order in which Keras names and seeds. */
function* growing(): Generator<number, never> {
  for (let k = 0; ; k++) yield k;
}
const stamps = growing();
export const stamp = (): number => stamps.next().value;

/** The symbolic tensors in an argument, from left to right. */
export function tensorsIn(passed: Passed): SymbolicTensor[] {
  if (typeof passed !== "object" || passed === null || isLiteral(passed)) return [];
  if (Array.isArray(passed)) return (passed as readonly Passed[]).flatMap(tensorsIn);
  return flat(passed as Tensors);
}

/** Puts a call down, its tensors in Keras's order: arguments without a name, then named ones by name. */
export function recordCall(layer: Handle, args: readonly Passed[], kwargs: CallRecord["kwargs"]): CallRecord {
  const named = Object.keys(kwargs)
    .sort()
    .flatMap((key) => tensorsIn(kwargs[key]));
  const record = { layer, args, kwargs, inputs: [...args.flatMap(tensorsIn), ...named], stamp: stamp() };
  layer.calls.push(record);
  return record;
}

/** Records a call: its outputs, as many as the layer or model has. `mask` hangs on the first. */
export function callHandle(
  layer: Handle,
  input: Tensors,
  kwargs: Readonly<Record<string, Passed>>,
  maskAfter: () => SymbolicTensor | undefined,
): Tensors {
  const record = recordCall(layer, [input], kwargs);
  const mask = maskAfter();
  const one = (index: number): SymbolicTensor => ({
    kind: "symbolic",
    node: record,
    index,
    ...(mask && index === 0 && { mask }),
  });
  const { class_name, config, model } = endOf(layer);
  if (model) {
    const outputs = flat(model.outputs);
    return outputs.length === 0 ? one(0) : packed(model.outputs, (tensor) => one(outputs.indexOf(tensor)));
  }
  const count = outputCount(class_name, unnamed(config), layer.model ? {} : plainIn(kwargs));
  if (count === 1) return one(0);
  const outputs = Array.from({ length: count }, (_, k) => one(k));
  return grouped(outputs, class_name, unnamed(config), (some) => some);
}

/** What the outputs of a call are: a Sequential gives what its last layer gives. */
function endOf(layer: Handle): Handle {
  const last = layer.model?.class_name === "Sequential" ? layer.model.layers.at(-1) : undefined;
  return last ? endOf(last) : layer;
}

type Plain = Exclude<Passed, object>;
const plainIn = (kwargs: CallRecord["kwargs"]): Readonly<Record<string, Plain>> =>
  Object.fromEntries(
    Object.entries(kwargs).filter(
      (entry): entry is [string, Plain] => typeof entry[1] !== "object" || entry[1] === null,
    ),
  );

/** A nest of the same form with every leaf replaced. */
export function packed<T>(nest: Tensors, leaf: (tensor: SymbolicTensor) => T): NestOf<T> {
  if (isSymbolic(nest)) return leaf(nest);
  if (Array.isArray(nest)) return (nest as readonly Tensors[]).map((part) => packed(part, leaf));
  return Object.fromEntries(
    Object.entries(nest as Record<string, Tensors>).map(([key, part]) => [key, packed(part, leaf)]),
  );
}
type NestOf<T> = T | readonly NestOf<T>[] | { readonly [key: string]: NestOf<T> };
