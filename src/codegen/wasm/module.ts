import { internal } from "../../diagnostics.ts";
import { float32, float64, int32, list, signed, text, unsigned } from "./bytes.ts";
import type { Argument, Func, Instruction, Lanes, Local } from "./code.ts";
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
    for (const { op, args } of func.body) if (op === "call") found.add(args[0] as Func);
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
const immediates: Readonly<Record<Immediate, (args: readonly Argument[], functions: Indices) => number[]>> = {
  none: () => [],
  label: () => [emptyBlock],
  branch: ([depth]) => unsigned(depth as number),
  function: ([func], functions) => unsigned(functions.get(func as Func)!),
  local: ([local]) => unsigned((local as Local).index),
  i32: ([value]) => signed(BigInt((value as number) | 0)),
  i64: ([value]) => signed(BigInt.asIntN(64, value as bigint)),
  f32: ([value]) => float32(value as number),
  f64: ([value]) => float64(value as number),
  memory: ([offset]) => [fourBytes, ...unsigned(offset as number)],
  "memory lane": ([offset, lane]) => [fourBytes, ...unsigned(offset as number), lane as number],
  lane: ([lane]) => [lane as number],
  v128: ([lanes]) => (lanes as Lanes).values.flatMap((lanes as Lanes).as === "f32x4" ? float32 : int32),
  lanes: (args) => shuffleBytes(args as readonly number[]),
};

/** 32-bit lanes as the byte lanes that `i8x16.shuffle` wants. */
export const shuffleBytes = (lanes: readonly number[]): number[] =>
  lanes.flatMap((lane) => [4 * lane, 4 * lane + 1, 4 * lane + 2, 4 * lane + 3]);

function instruction({ op, args }: Instruction, functions: Indices): number[] {
  const { bytes, immediate } = entryOf(op);
  return [...bytes, ...immediates[immediate](args, functions)];
}

const signature = (func: Func): number[] => [
  0x60,
  ...list(func.params.map((type) => [typeCodes[type]])),
  ...list(func.results.map((type) => [typeCodes[type]])),
];

/** Neighbours of the same type are declared together. */
function declarations(func: Func): number[] {
  const runs: { type: ValueType; count: number }[] = [];
  for (const { type } of func.locals.slice(func.params.length)) {
    const last = runs.at(-1);
    if (last?.type === type) last.count++;
    else runs.push({ type, count: 1 });
  }
  return list(runs.map(({ type, count }) => [...unsigned(count), typeCodes[type]]));
}

const sized = (body: readonly number[]): number[] => [...unsigned(body.length), ...body];
const end = 0x0b;

function functionBody(func: Func, functions: Indices): number[] {
  return sized([...declarations(func), ...func.body.flatMap((one) => instruction(one, functions)), end]);
}

/** Names of functions and locals, for debuggers, profiles and stack traces. */
function names(functions: readonly Func[]): number[] {
  const indexed = (items: readonly (readonly number[])[]): number[] =>
    list(items.map((item, i) => [...unsigned(i), ...item]));
  const ofFunctions = indexed(functions.map((func) => text(func.name)));
  const ofLocals = indexed(functions.map((func) => indexed(func.locals.map((local) => text(local.name)))));
  return [...text("name"), 1, ...sized(ofFunctions), 2, ...sized(ofLocals)];
}

/** The bytes of a module. */
export function encode(module: Module): Uint8Array<ArrayBuffer> {
  const functions = allFunctions(module);
  const indices = new Map(functions.map((func, i) => [func, i]));
  const types = new Map(functions.map((func) => [signature(func).join(), signature(func)]));
  const typeOf = (func: Func): number => [...types.keys()].indexOf(signature(func).join());
  const section = (id: number, body: readonly number[]): number[] => [id, ...sized(body)];
  const memory = [...text("env"), ...text("memory"), 2, 0, ...unsigned(module.pages)];
  const exported = module.functions.map((func) => [...text(func.name), 0, ...unsigned(indices.get(func)!)]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list([...types.values()])),
    ...section(2, list(module.pages > 0 ? [memory] : [])),
    ...section(3, list(functions.map((func) => unsigned(typeOf(func))))),
    ...section(7, list(exported)),
    ...section(10, list(functions.map((func) => functionBody(func, indices)))),
    ...section(0, names(functions)),
  ]);
}
