import { internal } from "../../diagnostics.ts";
import type { Stmt } from "../kernels.ts";
import { routines } from "../routines/index.ts";
import type { Local } from "./code.ts";
import { expression, rowAddress } from "./expressions.ts";
import { extentValue, tripCount } from "./extents.ts";
import { addressForm, inside, literalTrips } from "./forms.ts";
import type { Place } from "./place.ts";
import { address, loopPointers } from "./pointers.ts";
import { get, int } from "./values.ts";

/** Emits statements; locals that they define end with them. */
export function statements(body: readonly Stmt[], outer: Place): void {
  outer.code.scope(() => {
    const locals = new Map<string, Local>(outer.locals);
    const place = { ...outer, locals };
    for (const s of body) {
      if (s.kind === "let") locals.set(s.name, define(s, place));
      else statement(s, place);
    }
  });
}

type Of<K extends Stmt["kind"]> = Extract<Stmt, { kind: K }>;

function define(s: Of<"let">, place: Place): Local {
  expression(s.value, place)(place.code);
  const local = place.code.local("v128", s.name);
  place.code.op("local.set", local);
  return local;
}

function statement(s: Exclude<Stmt, Of<"let">>, place: Place): void {
  if (s.kind === "for") loop(s, place);
  else if (s.kind === "when") when(s, place);
  else if (s.kind === "set") assign(s, place);
  else if (s.kind === "store") store(s, place);
  else if (s.kind === "enter") throw internal(`the block ${s.block.name} belongs to a scalar kernel`);
  else call(s, place);
}

function assign(s: Of<"set">, place: Place): void {
  const local = place.locals.get(s.name);
  if (!local) throw internal(`the local ${s.name} is not visible here`);
  place.code.set(local, expression(s.value, place));
}

function store(s: Of<"store">, place: Place): void {
  const { base, offset } = address(addressForm(s.buffer, s.at, place), place);
  rowAddress(base, s.row, place)(place.code);
  expression(s.value, place)(place.code);
  if (s.how === "vector") place.code.op("v128.store", offset);
  else place.code.op("v128.store32_lane", offset, 0);
}

function call(s: Of<"call">, { code, offsets, n }: Place): void {
  const bytes = (buffer: typeof s.seed): number => {
    const offset = offsets.get(buffer);
    if (offset === undefined) throw internal(`the buffer ${buffer.name} has no place in memory`);
    return 4 * offset;
  };
  for (const argument of [int(bytes(s.seed)), int(bytes(s.out)), extentValue(s.count, n)]) argument(code);
  code.op("call", routines[s.routine].wasm);
}

function when({ test, body }: Of<"when">, place: Place): void {
  const { code } = place;
  expression(test, place)(code);
  code.op("f32x4.extract_lane", 0);
  code.op("f32.const", 0);
  code.op("f32.ne");
  code.block("if", "when", () => statements(body, place));
}

function loop(s: Of<"for">, place: Place): void {
  const trips = literalTrips(s);
  if (trips === 0) return;
  if (trips === 1) return statements(s.body, inside(s, place));
  const { code } = place;
  code.scope(() => {
    const counter = code.local("i32", s.loop);
    code.set(counter, trips === undefined ? tripCount(s.from, s.to, s.step, place.n) : int(trips));
    if (trips !== undefined) return repeat(s, counter, place);
    get(counter)(code);
    int(0)(code);
    code.op("i32.gt_s");
    code.block("if", `any.${s.loop}`, () => repeat(s, counter, place));
  });
}

function repeat(s: Of<"for">, counter: Local, place: Place): void {
  const { pointers, enter, advance, leave } = loopPointers(s, place);
  enter();
  place.code.countdown(counter, s.loop, () => {
    statements(s.body, { ...inside(s, place), pointers });
    advance();
  });
  leave();
}
