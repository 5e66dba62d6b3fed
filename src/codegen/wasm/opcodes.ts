import { unsigned } from "./bytes.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** What follows an instruction's bytes. "memory": an offset, the alignment being four bytes; "lanes": four of eight 32-bit lanes. */
export type Immediate =
  | "none"
  | "label"
  | "branch"
  | "function"
  | "local"
  | "i32"
  | "i64"
  | "f32"
  | "f64"
  | "memory"
  | "memory lane"
  | "lane"
  | "v128"
  | "lanes";

/** How many arguments an immediate is made of. */
export const arity: Readonly<Record<Immediate, number>> = {
  none: 0,
  label: 1,
  branch: 1,
  function: 1,
  local: 1,
  i32: 1,
  i64: 1,
  f32: 1,
  f64: 1,
  memory: 1,
  "memory lane": 2,
  lane: 1,
  v128: 1,
  lanes: 4,
};

interface Entry {
  readonly bytes: readonly number[];
  readonly takes: readonly ValueType[];
  readonly gives: readonly ValueType[];
  readonly immediate: Immediate;
}

function plain(code: number | readonly number[], effect: string, immediate: Immediate = "none"): Entry {
  const [takes, gives] = effect.split("->").map((side) => side.split(" ").filter(Boolean) as ValueType[]);
  return { bytes: typeof code === "number" ? [code] : code, takes, gives, immediate };
}
const simd = (code: number, effect: string, immediate?: Immediate): Entry =>
  plain([0xfd, ...unsigned(code)], effect, immediate);

const one = "v128 -> v128";
const two = "v128 v128 -> v128";
const three = "v128 v128 v128 -> v128";

/** The only place where an instruction is spelled: its bytes, what it takes and gives, what follows it. */
export const instructions = {
  // The effects of these depend on what they name; the code builder fills them in.
  loop: plain(0x03, "->", "label"),
  if: plain(0x04, "i32 ->", "label"),
  end: plain(0x0b, "->"),
  br_if: plain(0x0d, "i32 ->", "branch"),
  call: plain(0x10, "->", "function"),
  "local.get": plain(0x20, "->", "local"),
  "local.set": plain(0x21, "->", "local"),
  "local.tee": plain(0x22, "->", "local"),

  "i32.load": plain(0x28, "i32 -> i32", "memory"),
  "i32.store": plain(0x36, "i32 i32 ->", "memory"),
  "f32.store": plain(0x38, "i32 f32 ->", "memory"),

  "i32.const": plain(0x41, "-> i32", "i32"),
  "i64.const": plain(0x42, "-> i64", "i64"),
  "f32.const": plain(0x43, "-> f32", "f32"),
  "f64.const": plain(0x44, "-> f64", "f64"),
  "i32.eqz": plain(0x45, "i32 -> i32"),
  "i32.gt_s": plain(0x4a, "i32 i32 -> i32"),
  "i32.gt_u": plain(0x4b, "i32 i32 -> i32"),
  "i32.add": plain(0x6a, "i32 i32 -> i32"),
  "i32.sub": plain(0x6b, "i32 i32 -> i32"),
  "i32.mul": plain(0x6c, "i32 i32 -> i32"),
  "i32.div_s": plain(0x6d, "i32 i32 -> i32"),
  "i32.and": plain(0x71, "i32 i32 -> i32"),
  "i32.or": plain(0x72, "i32 i32 -> i32"),
  "i32.xor": plain(0x73, "i32 i32 -> i32"),
  "i32.shr_u": plain(0x76, "i32 i32 -> i32"),
  "i64.mul": plain(0x7e, "i64 i64 -> i64"),
  "i64.shr_u": plain(0x88, "i64 i64 -> i64"),
  "f32.ne": plain(0x5c, "f32 f32 -> i32"),
  "f32.lt": plain(0x5d, "f32 f32 -> i32"),
  "f32.abs": plain(0x8b, "f32 -> f32"),
  "f32.sub": plain(0x93, "f32 f32 -> f32"),
  "f64.mul": plain(0xa2, "f64 f64 -> f64"),
  "f64.div": plain(0xa3, "f64 f64 -> f64"),
  "i32.wrap_i64": plain(0xa7, "i64 -> i32"),
  "i64.extend_i32_u": plain(0xad, "i32 -> i64"),
  "f32.convert_i32_s": plain(0xb2, "i32 -> f32"),
  "f32.demote_f64": plain(0xb6, "f64 -> f32"),
  "f64.promote_f32": plain(0xbb, "f32 -> f64"),
  "f32.reinterpret_i32": plain(0xbe, "i32 -> f32"),
  "i32.trunc_sat_f32_u": plain([0xfc, 0x01], "f32 -> i32"),

  "v128.load": simd(0, "i32 -> v128", "memory"),
  "v128.load32_splat": simd(9, "i32 -> v128", "memory"),
  "v128.store": simd(11, "i32 v128 ->", "memory"),
  "v128.store32_lane": simd(90, "i32 v128 ->", "memory lane"),
  "v128.const": simd(12, "-> v128", "v128"),
  "i8x16.shuffle": simd(13, two, "lanes"),
  "i32x4.splat": simd(17, "i32 -> v128"),
  "f32x4.splat": simd(19, "f32 -> v128"),
  "f32x4.extract_lane": simd(31, "v128 -> f32", "lane"),
  "f32x4.replace_lane": simd(32, "v128 f32 -> v128", "lane"),
  "f32x4.eq": simd(65, two),
  "f32x4.ne": simd(66, two),
  "f32x4.lt": simd(67, two),
  "f32x4.gt": simd(68, two),
  "v128.and": simd(78, two),
  "v128.andnot": simd(79, two),
  "v128.or": simd(80, two),
  "v128.xor": simd(81, two),
  "v128.bitselect": simd(82, three),
  "f32x4.floor": simd(104, one),
  "i32x4.shl": simd(171, "v128 i32 -> v128"),
  "i32x4.shr_s": simd(172, "v128 i32 -> v128"),
  "i32x4.add": simd(174, two),
  "i32x4.sub": simd(177, two),
  "i64x2.extmul_low_i32x4_u": simd(222, two),
  "i64x2.extmul_high_i32x4_u": simd(223, two),
  "f32x4.abs": simd(224, one),
  "f32x4.neg": simd(225, one),
  "f32x4.sqrt": simd(227, one),
  "f32x4.add": simd(228, two),
  "f32x4.sub": simd(229, two),
  "f32x4.mul": simd(230, two),
  "f32x4.div": simd(231, two),
  "f32x4.pmin": simd(234, two),
  "f32x4.pmax": simd(235, two),
  "f32x4.convert_i32x4_s": simd(250, one),
  "f32x4.relaxed_madd": simd(261, three),
  "f32x4.relaxed_nmadd": simd(262, three),
} as const satisfies Record<string, Entry>;

export type InstructionName = keyof typeof instructions;
/** The entry of an instruction, its name forgotten. */
export const entryOf = (name: InstructionName): Entry => instructions[name];
