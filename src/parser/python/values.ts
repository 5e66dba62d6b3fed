import type { Diagnostic, Where } from "../../diagnostics.ts";
import type { Literal, NestOf } from "../../ir/spec.ts";
import type { CompileSpec, Keras1View, ModelSpec } from "../../ir/spec.ts";
import type { StatementOf } from "./ast.ts";
import type { KerasName } from "./names.ts";
import type { PartialValue } from "./partial.ts";

/** A Python value while a snippet is read. int is bigint, float is number. */
export type Value =
  | null
  | boolean
  | bigint
  | number
  | string
  | ListValue
  | TupleValue
  | DictValue
  | RangeValue
  | SliceValue
  | Marker
  | ModuleValue
  | KerasValue
  | FunctionValue
  | PartialValue
  | NamespaceValue
  | ParserValue
  | SuperValue
  | MethodValue
  | LayerValue
  | TensorValue
  | ObjectValue
  | DataValue
  | FreeValue
  | OpaqueValue;

/** Mutable, as in Python. */
export interface ListValue {
  readonly kind: "list";
  readonly items: Value[];
  /** An iterator: what was taken of it is gone. */
  readonly once?: true;
}
export interface TupleValue {
  readonly kind: "tuple";
  readonly items: readonly Value[];
  /** Of a named tuple: what its items go by. */
  readonly names?: readonly string[];
}
export type Key = string | bigint | number | boolean | null;
export interface DictValue {
  readonly kind: "dict";
  readonly entries: Map<Key, Value>;
}
export interface RangeValue {
  readonly kind: "range";
  readonly start: bigint;
  readonly stop: bigint;
  readonly step: bigint;
}
export interface SliceValue {
  readonly kind: "slice";
  readonly start: bigint | null;
  readonly stop: bigint | null;
  readonly step: bigint | null;
}
/** `...`, and the value of something that failed and was reported already. */
export interface Marker {
  readonly kind: "ellipsis" | "broken";
}
/** A module by its canonical path: "keras.layers", "numpy.random", "matplotlib.pyplot". */
export interface ModuleValue {
  readonly kind: "module";
  readonly path: string;
}
/** A class or function of Keras that is not called yet. */
export interface KerasValue {
  readonly kind: "keras";
  readonly name: KerasName;
}
/** Names of the function being run, of those around it, and of comprehensions; the snippet's own are under all of them. */
export interface Scope {
  readonly locals?: Map<string, Value>;
  readonly outer?: Scope;
  /** Names that `global` and `nonlocal` give to another scope. */
  readonly elsewhere?: Map<string, Map<string, Value>>;
  /** Of the lines of a class: functions in it do not see its names. */
  readonly ofClass?: boolean;
  /** Of a method that is run: what `super()` needs. */
  readonly method?: { readonly owner: Value; readonly self: Value };
  /** Of a comprehension: `:=` goes to the scope around it. */
  readonly passing?: boolean;
}
/** A `def` or lambda, or a built-in by name. */
export type FunctionValue =
  | {
      readonly kind: "function";
      readonly def: Pick<StatementOf<"def">, "name" | "parameters" | "body">;
      readonly defaults: ReadonlyMap<string, Value>;
      /** Where it was defined: the names of the functions around it. */
      readonly scope: Scope;
      /** A method that is no plain one; "lines" are those of a class. */
      readonly as?: "property" | "static" | "class" | "lines";
      readonly setter?: Value;
      /** The class that it is a method of. */
      readonly owner?: NamespaceValue;
    }
  | { readonly kind: "builtin"; readonly name: string };
export interface MethodValue {
  readonly kind: "method";
  readonly self: Value;
  readonly name: string;
}

/** A layer or model object. */
export interface LayerValue {
  readonly kind: "layer";
  readonly id: number;
  readonly class_name: string;
  name: string;
  auto_name: boolean;
  /** Plain Keras values; never holds `name`. */
  readonly config: Record<string, unknown>;
  readonly key_at: Readonly<Record<string, Where>>;
  /** How the values were spelled. */
  readonly said?: Readonly<Record<string, string>>;
  /** Seeds drawn at construction and then at the first call, where a seed is set. */
  readonly draws?: number[];
  /** Batch shape that `input_shape=` asked for. */
  readonly wants_shape?: readonly (number | null)[];
  trainable: boolean;
  /** Whether anything but the default set `trainable`. */
  trainable_set: boolean;
  /** `trainable` is of its own weights alone: Keras 3 was given it by the constructor, before there were layers inside. */
  alone?: boolean;
  /** `trainable` as it was set here, where models around it have flags that do not change it. */
  own_flag?: boolean;
  readonly calls: NodeValue[];
  readonly model?: ModelState;
  /** Its class as Keras 1 names it. */
  readonly keras1?: Keras1View;
  readonly at: Where;
}

export interface ModelState {
  readonly class_name: "Sequential" | "Functional";
  /** Sequential: in order, InputLayer first where there is one. */
  layers: LayerValue[];
  readonly inputs?: NestOf<TensorValue>;
  readonly outputs?: NestOf<TensorValue>;
  /** Sequential: whether Keras would have built it by now. */
  built: boolean;
  /** Sequential: what it gave out when it was last connected. */
  tail?: TensorValue;
  /** Name of the InputLayer that Keras made when data or a tensor built the model. */
  input_name?: string;
  /** Shape of the data that a Sequential without an input was run on. */
  seen?: readonly (number | null)[];
  compile?: CompileSpec;
  /** What it is compiled with. */
  optimizer?: OptimizerState;
  /** It was trained since it was compiled, on rows of these shapes: what its steps train is settled. */
  stepped?: readonly (string | undefined)[];
  /** What it was when `summary` was last asked for. */
  shown?: ModelSpec;
  /** What it names that Keras will not find when the model is run. */
  unknown?: readonly Diagnostic[];
}

/** An optimizer that models are compiled with. */
export interface OptimizerState {
  readonly value: Value;
  /** What it was built for: the first model with anything to train that it was given, as that was then. */
  trained?: ModelSpec;
}

/** A class of values alone, or an object of it. */
export interface NamespaceValue {
  readonly kind: "namespace";
  readonly values: Map<string, Value>;
  /** Names that its objects take by position. */
  readonly fields?: readonly string[];
  /** Its objects are named tuples. */
  readonly makes_tuples?: boolean;
  /** What stands for a value that is not read. */
  readonly other: OpaqueValue;
  /** Code makes its objects. */
  readonly has_init: boolean;
  /** It has nothing that is not in `values`, nor in its class. */
  readonly complete?: true;
  /** Of an object of a class with code: that class. */
  readonly of?: NamespaceValue;
  /** Of such a class. */
  readonly own?: {
    readonly name: string;
    readonly base?: NamespaceValue;
    /** All fields have to be given that have no default. */
    readonly needs_all: boolean;
  };
}
/** `super()`: an object as the class above sees it. */
export interface SuperValue {
  readonly kind: "super";
  readonly owner: NamespaceValue;
  readonly self: NamespaceValue;
}
/** What a class has, or one that it derives from. */
export function lookIn(cls: NamespaceValue, name: string): Value | undefined {
  for (let one: NamespaceValue | undefined = cls; one; one = one.own?.base) {
    const found = one.values.get(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** An `argparse.ArgumentParser`, or a group of its arguments. */
export interface ParserValue {
  readonly kind: "parser";
  readonly options: OptionValue[];
  /** The default of arguments that have none of their own. */
  readonly otherwise: Value;
}
/** An argument of the command line, with its value where nobody gives it. */
export interface OptionValue {
  readonly dest: string;
  readonly type?: Value;
  readonly value: Value;
  /** How it is written. */
  readonly spelled?: readonly string[];
  /** A word, or the value that naming it means; left out where it takes words otherwise. */
  readonly takes?: "word" | { readonly value: Value };
}

/** One call of a layer in functional style. */
export interface NodeValue {
  readonly layer: LayerValue;
  readonly args: readonly NestOf<CallValue>[];
  readonly kwargs: Readonly<Record<string, NestOf<CallValue>>>;
  readonly inputs: readonly TensorValue[];
  readonly outputs: TensorValue[];
  /** The call that this one repeats, of a Sequential that was connected anew. */
  readonly again?: NodeValue;
  readonly at: Where;
}
export type CallValue = TensorValue | Literal | number | string | boolean | null;

/** Output `index` of a call: a KerasTensor. */
export interface TensorValue {
  readonly kind: "tensor";
  readonly node: NodeValue;
  readonly index: number;
}

/** An optimizer, loss, metric, callback, initializer, …: what `serialize` would keep. */
export interface ObjectValue {
  readonly kind: "object";
  readonly module: string;
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Where its options stand. */
  readonly key_at?: Readonly<Record<string, Where>>;
  /** Seed an unseeded random initializer drew at its own construction. */
  readonly draw?: number;
}

/** Symbolic array. Views share `buffer`: a change in place of one makes the others unknown. */
export interface DataValue {
  readonly kind: "data";
  step: number;
  readonly buffer: number;
  /** Where it is known. */
  readonly shape?: readonly number[];
}
/** A name the snippet never defines: data the user gives, or a mistake; the use decides. */
export interface FreeValue {
  readonly kind: "free";
  readonly name: string;
  readonly at: Where;
}
/** A value of a line that is understood to be none of the model's business. */
export interface OpaqueValue {
  readonly kind: "opaque";
  readonly line: number;
  readonly text: string;
  /** The expression that gave it, where that is a part of a value: `x_train.shape[1]`. */
  readonly spelled?: string;
  /** The unknown value that it was made of, and that itself was made of none. */
  readonly cause?: OpaqueValue;
  /** Why, where that is not that the line is not understood. */
  readonly reason?: string;
  /** The function or class of a module that is not read, of which it is the answer. */
  readonly call?: string;
  /** A class of one's own that is code of a layer or model: why it cannot be used. */
  readonly refused?: Diagnostic;
  /** It was called on tensors: no constant stands for it. */
  readonly of_tensors?: true;
  /** It is one number. */
  readonly scalar?: true;
  readonly at: Where;
}

export const isInput = (layer: LayerValue): boolean => layer.class_name === "InputLayer";
export const tuple = (items: readonly Value[]): TupleValue => ({ kind: "tuple", items });
export const listOf = (items: Value[]): ListValue => ({ kind: "list", items });
export const iterator = (items: readonly Value[]): ListValue => ({
  kind: "list",
  items: [...items],
  once: true,
});
export const isNumber = (v: Value): v is number | bigint | boolean =>
  typeof v === "number" || typeof v === "bigint" || typeof v === "boolean";
type Kind = Exclude<Value, null | boolean | bigint | number | string>["kind"];
/** Whether a value is of this kind. */
export const is = <K extends Kind>(v: Value, ...kinds: K[]): v is Extract<Value, { readonly kind: K }> =>
  typeof v === "object" && v !== null && (kinds as readonly string[]).includes(v.kind);

const kindWords: Readonly<Record<Kind, string>> = {
  list: "a list",
  tuple: "a tuple",
  dict: "a dict",
  range: "a range",
  slice: "a slice",
  ellipsis: "...",
  broken: "a value that failed",
  module: "a module",
  keras: "a class or function",
  function: "a function",
  builtin: "a built-in function",
  partial: "a function",
  namespace: "a class or object",
  parser: "a parser of arguments",
  super: "super()",
  method: "a method",
  layer: "a layer",
  tensor: "a tensor",
  object: "an object",
  data: "an array",
  free: "an unknown name",
  opaque: "an unknown value",
};
/** A value in Python's words, for messages. */
export function describe(v: Value): string {
  if (v === null) return "None";
  if (typeof v === "boolean") return v ? "True" : "False";
  if (typeof v === "string") return v.length > 40 ? `'${v.slice(0, 40)}…'` : `'${v}'`;
  if (typeof v === "bigint") return String(v);
  if (typeof v === "number") return floatText(v);
  if (v.kind === "module") return `the module ${v.path}`;
  if (v.kind === "keras") return `${v.name.module}.${v.name.name}`;
  if (v.kind === "free") return `the undefined name ${v.name}`;
  if (v.kind === "layer") return v.model ? `the model '${v.name}'` : `the layer '${v.name}'`;
  if (v.kind === "object") return v.class_name;
  if (v.kind === "tuple" || v.kind === "list")
    return v.items.length > 8 || v.items.some((x) => is(x, "list", "tuple", "dict"))
      ? kindWords[v.kind]
      : repr(v);
  return kindWords[v.kind];
}

/** Python's `repr` of a float. */
export function floatText(v: number): string {
  if (Number.isNaN(v)) return "nan";
  if (!Number.isFinite(v)) return v < 0 ? "-inf" : "inf";
  const size = Math.abs(v);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return v.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(v) ? `${v}.0` : String(v);
}

/** Python's `repr`; what is nested deeply is left out. */
export function repr(v: Value, depth = 0): string {
  const inner = (x: Value): string => repr(x, depth + 1);
  if (depth > 100) return "…";
  if (typeof v === "string")
    return `'${v.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\n", "\\n")}'`;
  if (is(v, "list")) return `[${v.items.map(inner).join(", ")}]`;
  if (is(v, "tuple"))
    return v.items.length === 1 ? `(${inner(v.items[0])},)` : `(${v.items.map(inner).join(", ")})`;
  if (is(v, "dict")) return `{${[...v.entries].map(([k, x]) => `${repr(k)}: ${inner(x)}`).join(", ")}}`;
  return describe(v);
}
/** A value as a message quotes it: as it is spelled, unless that is long. */
export const quoted = (v: Value): string => (isShort(v) ? repr(v) : describe(v));
function isShort(v: Value, depth = 0): boolean {
  if (typeof v === "string") return v.length <= 80;
  const parts = is(v, "list", "tuple") ? v.items : is(v, "dict") ? [...v.entries.values()] : [];
  return depth < 3 && parts.length <= 8 && parts.every((part) => isShort(part, depth + 1));
}

/** Python's `str`. */
export const str = (v: Value): string => (typeof v === "string" ? v : repr(v));
