import { internal } from "../../diagnostics.ts";
import type { Extent, Stmt } from "../kernels.ts";
import type { Local, Value } from "./code.ts";
import { extentValue } from "./extents.ts";
import { formsIn, inside, keyOf, literalTrips, type Form, type Term } from "./forms.ts";
import type { Place, Pointer } from "./place.ts";
import { apply, get, int } from "./values.ts";

/*
 * Accesses whose varying terms are the same share one local, whatever their buffers: the constant part of an address
 * is the offset in the instruction. A loop adds its step to the locals of the forms that it is the last term of; each
 * starts from the local of the form without that term.
 */

type For = Extract<Stmt, { kind: "for" }>;

/** A linear form that a loop moves. */
interface Moved {
  readonly terms: readonly Term[];
  readonly outer: string;
  readonly step: number;
  readonly bias: number;
}

export interface LoopPointers {
  readonly pointers: ReadonlyMap<string, Pointer>;
  /** Before the loop, at the end of each iteration, after the loop. */
  enter(): void;
  advance(): void;
  leave(): void;
}

const within = (terms: readonly Term[], loops: readonly string[]): readonly Term[] =>
  terms.filter(({ loop }) => loops.includes(loop));

/**
 * A machine address is never below zero: forms that go backwards, or begin before the buffer, keep part of the
 * constant in the local.
 */
function biasOf(terms: readonly Term[], forms: readonly Form[]): number {
  const bases = forms.filter((form) => form.terms.length === terms.length).map((form) => form.base);
  if (bases.length === 0) return 0;
  const least = bases.reduce((a, b) => Math.min(a, b));
  return least < 0 || terms.some(({ step }) => step < 0) ? least : 0;
}

/** The forms that the innermost loop moves, by key. */
function movedBy(loops: readonly string[], forms: readonly Form[]): Map<string, Moved> {
  const groups = new Map<string, Form[]>();
  for (const form of forms) {
    const terms = within(form.terms, loops);
    if (terms.at(-1)?.loop !== loops.at(-1)) continue;
    const group = groups.get(keyOf(terms));
    if (group) group.push(form);
    else groups.set(keyOf(terms), [form]);
  }
  const moved = ([key, group]: [string, Form[]]): [string, Moved] => {
    const terms = within(group[0].terms, loops);
    const outer = keyOf(terms.slice(0, -1));
    return [key, { terms, outer, step: terms.at(-1)!.step, bias: biasOf(terms, group) }];
  };
  return new Map([...groups].map(moved));
}

/** Keys of outer forms whose locals are read inside the loop, and so must not move with it. */
function readInside(place: Place, loop: string, forms: readonly Form[]): Set<string> {
  const still = forms.filter(({ terms }) => !terms.some((term) => term.loop === loop));
  return new Set(still.map(({ terms }) => keyOf(within(terms, place.loops))));
}

/** Σ outer terms + from · step + bias, for a pointer that starts anew. */
function start(moved: Moved, from: Extent, outer: Pointer | undefined, place: Place): Value {
  const constant = moved.bias - (outer?.bias ?? 0) + (typeof from === "number" ? from * moved.step : 0);
  const base = outer ? addConstant(get(outer.local), constant) : int(constant);
  if (typeof from === "number") return base;
  return apply("i32.add", base, apply("i32.mul", extentValue(from, place.n), int(moved.step)));
}
const addConstant = (x: Value, constant: number): Value =>
  constant === 0 ? x : apply("i32.add", x, int(constant));

interface Planned {
  readonly local: Local;
  readonly step: number;
  readonly enter: () => void;
  readonly leave: () => void;
}

/** Moves the outer form's own local, and moves it back after the loop. */
function inPlace(moved: Moved, s: For, trips: number, outer: Pointer, place: Place): Planned {
  const first = moved.bias - outer.bias + (s.from as number) * moved.step;
  return {
    local: outer.local,
    step: moved.step * s.step,
    enter: () => place.code.increase(outer.local, first),
    leave: () => place.code.increase(outer.local, -first - trips * s.step * moved.step),
  };
}

function anew(moved: Moved, s: For, outer: Pointer | undefined, place: Place): Planned {
  const local = place.code.local("i32", "at");
  return {
    local,
    step: moved.step * s.step,
    enter: () => place.code.set(local, start(moved, s.from, outer, place)),
    leave: () => undefined,
  };
}

/** Plans the pointers that a loop moves; their locals belong to the current scope. */
export function loopPointers(s: For, place: Place): LoopPointers {
  const { loops } = inside(s, place);
  const forms = formsIn(s.body, inside(s, place));
  const busy = readInside(place, s.loop, forms);
  const trips = literalTrips(s);
  const pointers = new Map(place.pointers);
  const planned = [...movedBy(loops, forms)].map(([key, moved]): Planned => {
    const outer = place.pointers.get(moved.outer);
    if (moved.outer !== "" && !outer) throw internal(`no pointer for ${moved.outer}`);
    const shared = !outer || trips === undefined || busy.has(moved.outer);
    const one = shared ? anew(moved, s, outer, place) : inPlace(moved, s, trips, outer, place);
    busy.add(moved.outer);
    pointers.set(key, { local: one.local, bias: moved.bias });
    return one;
  });
  // Copies are taken before a form that others start from moves.
  const copiesFirst = [...planned].sort((a, b) => Number(isOuter(a, place)) - Number(isOuter(b, place)));
  return {
    pointers,
    enter: () => copiesFirst.forEach((one) => one.enter()),
    advance: () => planned.forEach((one) => place.code.increase(one.local, one.step)),
    leave: () => planned.forEach((one) => one.leave()),
  };
}
const isOuter = (one: Planned, place: Place): boolean =>
  [...place.pointers.values()].some((pointer) => pointer.local === one.local);

/** A form as an operand and the constant to add to it. */
export function pointerTo(
  { base, terms }: Form,
  place: Place,
): { readonly local?: Local; readonly constant: number } {
  if (terms.length === 0) return { constant: base };
  const pointer = place.pointers.get(keyOf(terms));
  if (!pointer) throw internal(`no pointer for ${keyOf(terms)}`);
  return { local: pointer.local, constant: base - pointer.bias };
}

/** Address operand and offset immediate of a memory access. */
export function address(form: Form, place: Place): { readonly base: Value; readonly offset: number } {
  const { local, constant } = pointerTo(form, place);
  if (constant < 0 || constant >= 2 ** 32) throw internal(`the byte offset ${constant} is outside of memory`);
  return { base: local ? get(local) : int(0), offset: constant };
}
