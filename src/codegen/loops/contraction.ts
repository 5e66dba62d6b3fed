import type { Node, Size } from "../../ir/graph.ts";
import { accesses } from "../express.ts";
import type { Group } from "../fuse/group.ts";
import type { Buffer, Extent, Index } from "../kernels.ts";
import { at, isAround, isView, offsetIn, strideOf, through, ZERO, type Place, type Slot } from "../places.ts";
import { extentOf, offset, times, type Site } from "./site.ts";

/** An operand of a contraction in memory: where its element for given letters lies (loops are the letters). */
export interface Operand {
  readonly buffer: Buffer;
  readonly index: Index;
}

/** A loop over one or more letters of the einsum that memory walks evenly. */
export interface Axis {
  readonly loop: string;
  readonly extent: Extent;
}

/** An einsum with its letters sorted by what they do. `rows` are letters of a, `columns` letters of b, `batch` of both. */
export interface Contraction {
  readonly group: Group;
  readonly node: Node;
  readonly a: Operand;
  readonly b: Operand;
  readonly batch: readonly Axis[];
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly reduction: readonly Axis[];
  /** The place of the result under loops named by letters. */
  readonly place: Place;
}

/** Where the element of a node at a place is read, through the views on it. */
export function locate(node: Node, place: Place, site: Site): Operand {
  const slot = site.slot(node);
  if (slot) return { buffer: slot.buffer, index: offsetIn(slot, node.shape, place) };
  if (isView(node)) return locate(node.in[0], through(node, place), site);
  throw new Error(`internal: an operand of a contraction of ${node.from.layer} is not in memory`);
}

/** The memory that a node is read from, views followed. */
export function slotOf(node: Node, site: Site): Slot {
  const place = node.shape.map((_, k) => at(`d${k}`));
  const { buffer, index } = locate(node, place, site);
  const loops = new Set(place.flatMap((x) => x.terms.map((t) => t.loop)));
  const base = { base: index.base, terms: index.terms.filter((t) => !loops.has(t.loop)) };
  return { buffer, base, strides: place.map((_, k) => strideOf(index, `d${k}`)) };
}

export const letterPlace = (letters: string): Place => [...letters].map((letter) => at(letter));

/** Both ways to read an einsum: as written, and with the operands exchanged. */
export function orientations(group: Group, site: Site): readonly [Contraction, Contraction] {
  const node = group.contraction as Node<"einsum">;
  const { a, b, out } = node.attrs;
  const forward = analyse(group, site, [a, node.in[0]], [b, node.in[1]], out);
  return [forward, analyse(group, site, [b, node.in[1]], [a, node.in[0]], out)];
}

function analyse(
  group: Group,
  site: Site,
  first: [string, Node],
  second: [string, Node],
  out: string,
): Contraction {
  const [[lettersA, nodeA], [lettersB, nodeB]] = [first, second];
  const a = locate(nodeA, letterPlace(lettersA), site);
  const b = locate(nodeB, letterPlace(lettersB), site);
  const sizes = new Map<string, Size>();
  [...lettersA].forEach((letter, k) => sizes.set(letter, nodeA.shape[k]));
  [...lettersB].forEach((letter, k) => sizes.set(letter, nodeB.shape[k]));
  const touched = resultIndices(group, site, out);
  const axes = (letters: string): Axis[] => merge(letters, sizes, [a.index, b.index, ...touched]);
  const inA = (letter: string): boolean => lettersA.includes(letter);
  const inB = (letter: string): boolean => lettersB.includes(letter);
  const pick = (test: (letter: string) => boolean): string => [...out].filter(test).join("");
  const parts = {
    batch: axes(pick((l) => inA(l) && inB(l))),
    rows: axes(pick((l) => inA(l) && !inB(l))),
    columns: axes(pick((l) => inB(l) && !inA(l))),
    reduction: axes([...lettersA].filter((l) => !out.includes(l)).join("")),
  };
  const names = new Map<string, string>();
  for (const [role, stem] of Object.entries(LOOP_OF)) {
    const letters = parts[role as keyof typeof parts];
    letters.forEach(({ loop }, k) => names.set(loop, k === letters.length - 1 ? stem : `${stem}${k + 1}`));
  }
  const place = [...out].map((letter) => (names.has(letter) ? at(names.get(letter)!) : ZERO));
  const renamed = (x: Operand): Operand => ({ ...x, index: rename(x.index, names) });
  const named = (list: readonly Axis[]): Axis[] => list.map((x) => ({ ...x, loop: names.get(x.loop)! }));
  return {
    ...{ group, node: group.contraction!, a: renamed(a), b: renamed(b), place },
    ...{ batch: named(parts.batch), rows: named(parts.rows) },
    ...{ columns: named(parts.columns), reduction: named(parts.reduction) },
  };
}

/** Generated loops are called as in the formula: c[i,j] = Σₖ a[i,k] · b[k,j]. */
const LOOP_OF = { batch: "g", rows: "i", columns: "j", reduction: "k" } as const;

/** Letters whose loop was merged into another's are gone: their share is in the other's stride. */
export const rename = (x: Index, names: ReadonlyMap<string, string>): Index => ({
  base: x.base,
  terms: x.terms.flatMap(({ loop, stride }) => {
    const name = isAround(loop) ? loop : names.get(loop);
    return name === undefined ? [] : [{ loop: name, stride }];
  }),
});

/** Every index the epilogue reads or writes, over letters. */
function resultIndices(group: Group, site: Site, out: string): Index[] {
  const place = letterPlace(out);
  return group.nodes.flatMap((node) => [
    ...accesses(node, place, (x) => x === group.contraction || site.isStored(x))
      .filter((x) => x.node !== group.contraction)
      .map((x) => (x.node.op === "iota" ? x.place[0] : offset(site, x.node, x.place))),
    offset(site, node, place),
  ]);
}

/** So many rows of one sample stay a loop of their own: they are a block for the cache, and their number is known. */
const MANY = 16;

/** Letters in order, merged where every index walks evenly across the border. */
function merge(letters: string, sizes: ReadonlyMap<string, Size>, indices: readonly Index[]): Axis[] {
  const axes: Axis[] = [];
  for (const letter of letters) {
    const extent = extentOf(sizes.get(letter)!);
    if (extent === 1) continue;
    const last = axes.at(-1);
    const even =
      last !== undefined &&
      typeof extent === "number" &&
      !(typeof last.extent !== "number" && extent >= MANY) &&
      indices.every((x) => strideOf(x, last.loop) === strideOf(x, letter) * extent);
    if (last && even) axes[axes.length - 1] = { loop: letter, extent: times(last.extent, extent) };
    else axes.push({ loop: letter, extent });
  }
  return axes;
}
