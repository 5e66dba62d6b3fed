import { internal } from "../../diagnostics.ts";
import { arity, entryOf, type InstructionName, type ValueType } from "./opcodes.ts";

export interface Local {
  readonly index: number;
  readonly type: ValueType;
}
/** Four 32-bit lanes of a constant. */
export interface Lanes {
  readonly as: "f32x4" | "i32x4";
  readonly values: readonly number[];
}
/** What an instruction says besides its name; which of these is meant follows from the instruction. */
export type Argument = number | bigint | string | Local | Lanes | Func;

export interface Instruction {
  readonly op: InstructionName;
  readonly args: readonly Argument[];
}

/** A function as a list of instructions, from which both the bytes and the text are made. */
export interface Func {
  readonly name: string;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** Parameters first. */
  readonly locals: readonly { readonly name: string; readonly type: ValueType }[];
  readonly body: readonly Instruction[];
}

/** Emits the code that leaves one value on the stack. */
export type Value = (code: Code) => void;

export interface CodeOptions {
  /** Whether a multiplication with an addition is one instruction with one rounding. */
  readonly fma: boolean;
}

interface Slot extends Local {
  readonly name: string;
}

/** Assembles one function. Every instruction is checked against the types on the operand stack. */
export class Code {
  readonly fma: boolean;
  readonly #name: string;
  readonly #entry: Instruction[] = [];
  readonly #body: Instruction[] = [];
  readonly #slots: Slot[] = [];
  readonly #free: Slot[] = [];
  readonly #held = new Map<number | "-0", Local>();
  readonly #stack: ValueType[] = [];
  readonly #blocks: number[] = [];
  #scope: Slot[] = [];

  constructor(name: string, options: CodeOptions) {
    this.#name = name;
    this.fma = options.fma;
  }

  /** Appends one instruction; throws where the stack does not hold what it takes. */
  op(op: InstructionName, ...args: Argument[]): void {
    const wanted = arity[entryOf(op).immediate];
    if (args.length !== wanted) throw this.#fault(op, `wants ${wanted} arguments, received ${args.length}`);
    const { takes, gives } = effect(op, args);
    const floor = this.#blocks.at(-1) ?? 0;
    for (let k = takes.length - 1; k >= 0; k--) {
      const got = this.#stack.length > floor ? this.#stack.pop() : undefined;
      if (got !== takes[k])
        throw this.#fault(op, `takes (${takes.join(" ")}), but the stack holds ${got ?? "nothing"}`);
    }
    for (let k = 0; k < gives.length; k++) this.#stack.push(gives[k]);
    this.#body.push({ op, args });
  }

  get(local: Local): Value {
    return () => this.op("local.get", local);
  }

  set(local: Local, value: Value): void {
    value(this);
    this.op("local.set", local);
  }

  /** local += step */
  increase(local: Local, step: number): void {
    if (step === 0) return;
    this.op("local.get", local);
    this.op("i32.const", step);
    this.op("i32.add");
    this.op("local.set", local);
  }

  /** A local free again at the end of the enclosing scope; one of the same name and type that is free by now serves again. */
  local(type: ValueType, name: string): Local {
    const at = this.#free.findLastIndex((slot) => slot.type === type && slot.name === name);
    const slot = at >= 0 ? this.#free.splice(at, 1)[0] : this.#slot(type, name);
    this.#scope.push(slot);
    return slot;
  }

  /** Computes a value once, for several uses within the scope. */
  keep(value: Value, name: string): Value {
    value(this);
    const local = this.local("v128", name);
    this.op("local.set", local);
    return this.get(local);
  }

  /** Locals made inside are free afterwards. */
  scope(body: () => void): void {
    const outer = this.#scope;
    this.#scope = [];
    body();
    this.#free.push(...this.#scope.reverse());
    this.#scope = outer;
  }

  /** Instructions between `loop` or `if` and its `end`, which leave the stack as they found it. */
  block(kind: "loop" | "if", label: string, body: () => void): void {
    this.op(kind, label);
    this.#blocks.push(this.#stack.length);
    body();
    if (this.#blocks.pop() !== this.#stack.length)
      throw this.#fault("end", `leaves ${this.#stack.join(" ")}`);
    this.op("end");
  }

  /** Repeats the body until the counter, at least one before, is down to zero. */
  countdown(counter: Local, label: string, body: () => void): void {
    this.block("loop", label, () => {
      body();
      this.op("local.get", counter);
      this.op("i32.const", -1);
      this.op("i32.add");
      this.op("local.tee", counter);
      this.op("br_if", 0);
    });
  }

  /**
   * The number in every lane, held in a local that is set at function entry: newer V8 does not take constants out of
   * loops (twice the time for an exponential), and no V8 loses speed in a tile whose epilogue alone reads them.
   */
  constant(value: number): Value {
    const lanes: Lanes = { as: "f32x4", values: [value, value, value, value] };
    if (Object.is(value, 0)) return () => this.op("v128.const", lanes);
    const rounded = Math.fround(value);
    const key = Object.is(rounded, -0) ? "-0" : rounded;
    let local = this.#held.get(key);
    if (!local) {
      local = this.#slot("v128", "constant");
      this.#held.set(key, local);
      this.#entry.push({ op: "v128.const", args: [lanes] }, { op: "local.set", args: [local] });
    }
    return this.get(local);
  }

  /** The finished function. */
  finish(params: number, results: readonly ValueType[]): Func {
    if (this.#stack.join() !== results.join()) throw this.#fault("end", `leaves (${this.#stack.join(" ")})`);
    const locals = nameLocals(this.#slots);
    const types = locals.slice(0, params).map((local) => local.type);
    return { name: this.#name, params: types, results, locals, body: this.#entry.concat(this.#body) };
  }

  #slot(type: ValueType, name: string): Slot {
    const slot = { index: this.#slots.length, type, name };
    this.#slots.push(slot);
    return slot;
  }

  #fault(op: string, what: string): Error {
    return internal(`${this.#name}: instruction ${this.#body.length}, ${op}, ${what}`);
  }
}

/** What an instruction takes from the stack and gives back, with what it names taken into account. */
export function effect(op: InstructionName, args: readonly Argument[]): Effect {
  const entry = entryOf(op);
  if (entry.immediate === "function") {
    const { params, results } = args[0] as Func;
    return { takes: params, gives: results };
  }
  if (entry.immediate !== "local") return entry;
  return localEffects[op as keyof typeof localEffects][(args[0] as Local).type];
}

interface Effect {
  readonly takes: readonly ValueType[];
  readonly gives: readonly ValueType[];
}
/** For a local of each type. */
const perType = (of: (type: ValueType) => Effect): Readonly<Record<ValueType, Effect>> => ({
  i32: of("i32"),
  i64: of("i64"),
  f32: of("f32"),
  f64: of("f64"),
  v128: of("v128"),
});
const localEffects = {
  "local.get": perType((type) => ({ takes: [], gives: [type] })),
  "local.set": perType((type) => ({ takes: [type], gives: [] })),
  "local.tee": perType((type) => ({ takes: [type], gives: [type] })),
};

/** Locals of the same name are numbered. */
function nameLocals(slots: readonly Slot[]): Func["locals"] {
  const used = new Set<string>();
  return slots.map(({ type, name: wish }) => {
    let name = wish;
    for (let k = 2; used.has(name); k++) name = `${wish}.${k}`;
    used.add(name);
    return { name, type };
  });
}

/** Defines a function: `body` gets the code and a local for each parameter. */
export function defineFunction(
  name: string,
  params: Readonly<Record<string, ValueType>>,
  results: readonly ValueType[],
  options: CodeOptions,
  body: (code: Code, ...params: Local[]) => void,
): Func {
  const code = new Code(name, options);
  const locals = Object.entries(params).map(([key, type]) => code.local(type, key));
  body(code, ...locals);
  return code.finish(locals.length, results);
}
