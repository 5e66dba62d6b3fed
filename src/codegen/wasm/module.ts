import { internal } from "../../diagnostics.ts";
import { Bytes } from "./bytes.ts";
import type { Argument, Func, Lanes, Local } from "./code.ts";
import { entryOf, type Immediate, type ValueType } from "./opcodes.ts";

/** What a WebAssembly file holds; memory is imported as `env.memory`. */
export interface Module {
  /** Memory needed at least, in pages of 64 KiB; 0: the module has no memory. */
  readonly pages: number;
  /** Exported functions; those that they call are found. */
  readonly functions: readonly Func[];
}

/** The exported functions, then everything that they call, each once. */
export function allFunctions(module: Module): Func[] {
  const found = new Set(module.functions);
  for (const func of found) {
    func.body.forEach(({ op, args }) => op === "call" && found.add(args[0] as Func));
  }
  const names = new Set([...found].map((func) => func.name));
  if (names.size < found.size) throw internal("two functions of a module have the same name");
  return [...found];
}

const typeCodes: Readonly<Record<ValueType, number>> = {
  i32: 0x7f,
  i64: 0x7e,
  f32: 0x7d,
  f64: 0x7c,
  v128: 0x7b,
};
const emptyBlock = 0x40;
const fourBytes = 2;

type Indices = ReadonlyMap<Func, number>;
type Writer = (out: Bytes, args: readonly Argument[], functions: Indices) => void;
const immediates: Readonly<Record<Immediate, Writer>> = {
  none: () => {},
  label: (out) => out.byte(emptyBlock),
  branch: (out, [depth]) => out.unsigned(depth as number),
  function: (out, [func], functions) => out.unsigned(functions.get(func as Func)!),
  local: (out, args) => out.unsigned((args[0] as Local).index),
  i32: (out, [value]) => out.signed32((value as number) | 0),
  i64: (out, [value]) => out.signed(BigInt.asIntN(64, value as bigint)),
  f32: (out, [value]) => out.float32(value as number),
  f64: (out, [value]) => out.float64(value as number),
  memory: (out, [offset]) => memory(out, offset as number),
  "memory lane"(out, [offset, lane]) {
    memory(out, offset as number);
    out.byte(lane as number);
  },
  lane: (out, [lane]) => out.byte(lane as number),
  v128(out, [lanes]) {
    const { as, values } = lanes as Lanes;
    values.forEach((value) => (as === "f32x4" ? out.float32(value) : out.int32(value)));
  },
  lanes: (out, args) => out.all(shuffleBytes(args as readonly number[])),
};

function memory(out: Bytes, offset: number): void {
  out.byte(fourBytes);
  out.unsigned(offset);
}

/** 32-bit lanes as the byte lanes that `i8x16.shuffle` wants. */
export const shuffleBytes = (lanes: readonly number[]): number[] =>
  lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);

function signature(out: Bytes, func: Func): void {
  out.byte(0x60);
  for (const types of [func.params, func.results]) out.list(types, (type) => out.byte(typeCodes[type]));
}

/** What functions of one type have in common. */
const typeKey = ({ params, results }: Func): string => `${params.join()}>${results.join()}`;

/** Neighbours of the same type are declared together. */
function declarations(out: Bytes, func: Func): void {
  const runs: { type: ValueType; count: number }[] = [];
  for (const { type } of func.locals.slice(func.params.length)) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  out.list(runs, ({ type, count }) => {
    out.unsigned(count);
    out.byte(typeCodes[type]);
  });
}

const end = 0x0b;

function functionBody(out: Bytes, func: Func, functions: Indices): void {
  out.sized(() => {
    declarations(out, func);
    func.body.forEach(({ op, args }) => {
      const { bytes, immediate } = entryOf(op);
      out.all(bytes);
      immediates[immediate](out, args, functions);
    });
    out.byte(end);
  });
}

/** Names of functions and locals, for debuggers, profiles and stack traces. */
function names(out: Bytes, functions: readonly Func[]): void {
  const named = (items: readonly { readonly name: string }[]): void =>
    out.list(items, ({ name }, i) => {
      out.unsigned(i);
      out.text(name);
    });
  out.text("name");
  out.byte(1);
  out.sized(() => named(functions));
  out.byte(2);
  out.sized(() =>
    out.list(functions, (func, i) => {
      out.unsigned(i);
      named(func.locals);
    }),
  );
}

/** The memory that a module imports. */
function imported(out: Bytes, pages: number): void {
  out.list(pages > 0 ? [pages] : [], () => {
    out.text("env");
    out.text("memory");
    out.all([2, 0]);
    out.unsigned(pages);
  });
}

/** The bytes of a module. */
export function encode(module: Module): Uint8Array<ArrayBuffer> {
  const functions = allFunctions(module);
  const indices = new Map(functions.map((func, i) => [func, i]));
  const types = new Map(functions.map((func) => [typeKey(func), func]));
  const typeIndices = new Map([...types.keys()].map((key, i) => [key, i]));
  const out = new Bytes();
  const section = (id: number, write: () => void): void => {
    out.byte(id);
    out.sized(write);
  };
  out.all([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  section(1, () => out.list([...types.values()], (func) => signature(out, func)));
  section(2, () => imported(out, module.pages));
  section(3, () => out.list(functions, (func) => out.unsigned(typeIndices.get(typeKey(func))!)));
  section(7, () =>
    out.list(module.functions, (func) => {
      out.text(func.name);
      out.byte(0);
      out.unsigned(indices.get(func)!);
    }),
  );
  section(10, () => out.list(functions, (func) => functionBody(out, func, indices)));
  section(0, () => names(out, functions));
  return out.written();
}
