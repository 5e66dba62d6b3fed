import { type Code, type Diagnostic, ModelError, printable, type Where } from "../../diagnostics.ts";
import type { ModelSpec, Note } from "../../ir/spec.ts";
import { pythonRandom, type PythonRandom } from "../../ir/random/python-random.ts";
import type { DataStep, RunSpec, SummarySpec } from "../training-spec.ts";
import type { Args } from "./arguments.ts";
import type { Expr } from "./ast.ts";
import type { CommandLine } from "./command-line.ts";
import type { Locate } from "./parse.ts";
import { placeOf, type SourceText } from "./source-text.ts";
import type {
  DataValue,
  DictValue,
  FunctionValue,
  LayerValue,
  OpaqueValue,
  OptimizerState,
  Scope,
  TensorValue,
  Value,
} from "./values.ts";

/** How often all loops of a snippet together may go round. */
export const MAX_ITERATIONS = 10_000;
const MAX_STEPS = 200_000;

/** What one reading of a snippet knows and collects. Made for the call, dropped after it. */
export interface World {
  readonly source: SourceText;
  readonly locate: Locate;
  readonly given: ReadonlyMap<string, readonly number[] | undefined>;
  readonly globals: Map<string, Value>;
  /** The same, as `globals()` gives them. */
  readonly names: DictValue;
  readonly problems: Diagnostic[];
  readonly notes: Note[];
  /** What has to be known before the model can compute anything, and is not: weights that the snippet loads or sets. */
  readonly unread: Diagnostic[];
  /** Keras's per-class counters. */
  readonly counters: Map<string, number>;
  readonly models: LayerValue[];
  readonly steps: DataStep[];
  readonly arrays: DataValue[];
  readonly actions: Action[];
  /** Every layer constructed that is no model. */
  readonly layers: LayerValue[];
  /** Layers that had their weights before any model called them. */
  readonly built: Set<LayerValue>;
  readonly meter: {
    iterations: number;
    steps: number;
    made: number;
    ids: number;
    calls: number;
    tries: number;
  };
  /** How often something was imported or done that may go wrong where the snippet runs. */
  readonly risks: { imports: number; calls: number };
  readonly seed: { value?: number; fixed: boolean; random?: PythonRandom };
  /** Statement being read: what opaque values remember. */
  readonly now: { offset: number; end: number };
  /**
   * Whether layers are those of Keras 2; which one, where the snippet is read as that one would run it; whether it is
   * the one inside of TensorFlow.
   */
  readonly library: { keras2: boolean; readonly version?: string; tensorflow?: true };
  /** Modules whose every name was imported. */
  readonly stars: string[];
  readonly callFunction: (fn: Extract<FunctionValue, { kind: "function" }>, args: Args) => Value;
  readonly bind: (target: Expr, v: Value, frame: Scope & { readonly w: World }) => void;
  /** Values from outside, by name; over what the snippet assigns. */
  readonly defined: ReadonlyMap<string, Value>;
  readonly commandLine: CommandLine;
  /** Objects and the dicts that `vars` gives of them, each by the other. */
  readonly twins: Map<Value, Value>;
  /** Whether weights come from outside, so that the snippet need not load them. */
  readonly weights: boolean;
  /** Models by what they were saved under. */
  readonly saved: Map<unknown, LayerValue>;
  readonly shapes: Map<TensorValue, readonly (number | null)[]>;
  /** What holds a layer that was first called when that was: a Sequential that waited for its input, a TimeDistributed. */
  readonly within: Map<LayerValue, LayerValue>;
  /** How many tensors Keras 3 has named by its counter, as long as that is known, and what those of inputs are called. */
  readonly tensors: { count?: number; readonly names: Map<LayerValue, string> };
  /** Optimizers that models were compiled with, by their objects. */
  readonly optimizers: Map<Value, OptimizerState>;
  /** The masks that Keras 3 hangs on tensors. */
  readonly masks: Map<TensorValue, TensorValue>;
  /** Lists, dicts and objects whose content nobody knows any more, and what stands for them. */
  readonly forgotten: Map<Value, OpaqueValue>;
  /** Files that the snippet reads models from: nothing is wrong where it builds others. */
  readonly unopened: Diagnostic[];
  /** Why classes of the snippet cannot be used: to be told where no other model is built. */
  readonly refused: Diagnostic[];
  /** Layers of a Functional in Keras's order. */
  readonly network: (model: LayerValue) => readonly LayerValue[];
}
/** What was asked of a model, in order. */
export type Action = { readonly model: LayerValue } & (
  | { readonly kind: "compile" }
  | { readonly kind: "summary"; readonly options: SummarySpec; readonly trained?: ModelSpec }
  | { readonly kind: "run"; readonly run: RunSpec }
);

export function where(w: World, offset: number): Where {
  const { line, column } = w.locate(offset);
  return placeOf(w.source, line, column);
}

/** Stops the statement with this problem. */
export function fail(
  w: World,
  offset: number,
  code: Code,
  message: string,
  more: Partial<Diagnostic> = {},
): never {
  throw new ModelError({ code, message, at: where(w, offset), ...more });
}
export function note(w: World, offset: number, message: string): void {
  w.notes.push({ message: printable(message), at: where(w, offset) });
}

/** Notes weights or arrays that are not read: the model can be described, but not run without weights from a file. */
export function leaveUnread(w: World, offset: number, message: string, hint: string): void {
  if (w.weights) return;
  const problem: Diagnostic = { code: "python-unsupported", message, at: where(w, offset), hint };
  w.unread.push(problem);
  note(w, offset, `${message} ${hint}`);
}

/** First line of the statement being read, for messages. */
export function statementText(w: World): string {
  const text = w.source.text.slice(w.now.offset, w.now.end).split(/[\r\n]/)[0];
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
/** A value made by the statement being read that the model does not depend on. */
export function opaque(w: World): OpaqueValue {
  const at = where(w, w.now.offset);
  return { kind: "opaque", line: at.line ?? 1, text: statementText(w), at };
}

const MAX_DEPTH = 100;
const MAX_SIZE = 100_000;
/** The value, if it is small enough to be walked through: lists can hold themselves, or the same list many times over. */
export function walkable(w: World, v: Value, offset: number): Value {
  let level: Value[] = [v];
  let count = 0;
  for (let depth = 0; level.length > 0; depth++) {
    count += level.length;
    spendSize(w, depth > 0 ? level.length : 0, offset);
    if (depth > MAX_DEPTH || count > MAX_SIZE)
      fail(w, offset, "python-size", "This value is nested too deeply or too large.");
    level = level.flatMap(contents);
  }
  return v;
}
function contents(v: Value): readonly Value[] {
  if (typeof v !== "object" || v === null) return [];
  if (v.kind === "list" || v.kind === "tuple") return v.items;
  return v.kind === "dict" ? [...v.entries.values()] : [];
}

/** Counts work, so that no snippet keeps the reader busy for long. */
export function spend(w: World, offset: number): void {
  if (++w.meter.steps > MAX_STEPS) {
    fail(w, offset, "python-work", "The snippet takes too many steps to read.", {
      expected: `at most ${MAX_STEPS} operations`,
    });
  }
}
/** Whether nothing more can be read. */
export const isSpent = ({ meter }: World): boolean => meter.steps > MAX_STEPS || meter.made > MAX_MADE;

const MAX_MADE = 5_000_000;
/** Counts characters and items that values are made of, so that no snippet fills the memory. Gives the text back. */
export function spendSize<T extends string | number>(w: World, made: T, offset: number): T {
  w.meter.made += typeof made === "string" ? made.length : (made as number);
  if (w.meter.made > MAX_MADE) {
    fail(w, offset, "python-size", "The values of the snippet grow too large.", {
      expected: `at most ${MAX_MADE} characters and items in all`,
    });
  }
  return made;
}
export function spendIteration(w: World, offset: number): void {
  if (++w.meter.iterations > MAX_ITERATIONS) {
    fail(w, offset, "python-loop", "The loops of the snippet go round too often.", {
      expected: `at most ${MAX_ITERATIONS} rounds in all`,
    });
  }
}

/** Whether names are counted as Keras 2 does. */
export const countsAsKeras2 = (w: World): boolean => w.library.version !== undefined;

/** Keras's name for the next object of a class: dense, dense_1, … */
export function autoName(w: World, className: string): string {
  const prefix = countsAsKeras2(w) ? olderPrefix(w, className) : snakeCase(className);
  const count = (w.counters.get(prefix) ?? 0) + (prefix === "input" ? 1 : 0);
  w.counters.set(prefix, (w.counters.get(prefix) ?? 0) + 1);
  return count === 0 ? prefix : `${prefix}_${count}`;
}
/** Functions of TensorFlow go by their own names. */
function olderPrefix({ library: { version = "" } }: World, className: string): string {
  if (className.startsWith("tf.")) return className;
  const other: Readonly<Record<string, string>> = { InputLayer: "input", Functional: "model" };
  return other[className] ?? (version.startsWith("1") ? className.toLowerCase() : snakeCase(className));
}
const snakeCase = (name: string): string =>
  name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

/** `keras.utils.set_random_seed`. */
export function setSeed(w: World, value: number): void {
  w.seed.value = value;
  w.seed.random = pythonRandom(value);
}
/** The seed that Keras gives to something random made without one; undefined while no seed is set. */
export const drawSeed = (w: World): number | undefined => w.seed.random?.randint(1, 1_000_000_000);
