import type { Node, Size } from "../../ir/graph.ts";
import type { Group } from "../fuse/group.ts";
import type { Extent, Index } from "../kernels.ts";
import { at, strideOf, ZERO, type Place } from "../places.ts";
import { letterPlace, locate, rename, type Operand } from "./contraction.ts";
import { indicesOf, isEven } from "./map.ts";
import { extentOf, offset, type Site } from "./site.ts";

/** Taps of the convolutions that Winograd's transforms are for, along either axis. */
const TAPS = 3;

/** A convolution with 3×3 taps, one step apart: out[g,y,x,j] = Σ a[g,y+u,x+v,k] · b[u,v,k,j]; loops are called so. */
export interface Convolution {
  readonly group: Group;
  readonly node: Node;
  readonly a: Operand;
  readonly b: Operand;
  readonly images: Extent;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly filters: number;
  /** The place of the result under the loops g, y, x and j. */
  readonly place: Place;
}

/** The contraction read as such a convolution, if it is one whose channels and filters lie side by side. */
export function asConvolution(group: Group, site: Site): Convolution | undefined {
  const { a, b, out } = (group.contraction as Node<"einsum">).attrs;
  const [first, second] = group.contraction!.in;
  return (
    read(group, site, { letters: a, node: first }, { letters: b, node: second }, out) ??
    read(group, site, { letters: b, node: second }, { letters: a, node: first }, out)
  );
}

interface Side {
  readonly letters: string;
  readonly node: Node;
}
const sizeIn = ({ letters, node }: Side, letter: string): Size => node.shape[letters.indexOf(letter)];

/** What the letters of such an einsum mean, each by the loop it becomes. */
type Roles = Readonly<Record<"y" | "x" | "u" | "v" | "k" | "j", string>> & { readonly g?: string };

function read(group: Group, site: Site, image: Side, weights: Side, out: string): Convolution | undefined {
  const a = locate(image.node, letterPlace(image.letters), site);
  const roles = rolesOf(image, weights, out, a.index);
  if (!roles) return undefined;
  const b = locate(weights.node, letterPlace(weights.letters), site);
  const sides = [image, image, image, weights];
  const sizes = [roles.y, roles.x, roles.k, roles.j].map((l, k) => sizeIn(sides[k], l));
  if (sizes.includes("n")) return undefined;
  const [height, width, channels, filters] = sizes as number[];
  const images = roles.g === undefined ? 1 : sizeIn(image, roles.g);
  const names = new Map(Object.entries(roles).map(([loop, letter]) => [letter, loop]));
  // windows against the order of taps: both are counted from the other end
  const back = [roles.u, roles.v].filter(
    (tap, k) => strideOf(a.index, tap) === -strideOf(a.index, k ? roles.x : roles.y),
  );
  const named = ({ buffer, index }: Operand): Operand => {
    return { buffer, index: rename(back.reduce(mirrored, index), names) };
  };
  const lengths = new Map([...out].map((l) => [l, sizeIn(image.letters.includes(l) ? image : weights, l)]));
  const place = [...out].map((l) => (lengths.get(l) === 1 ? ZERO : at(names.get(l)!)));
  const found: Convolution = {
    ...{ group, node: group.contraction!, a: named(a), b: named(b), place },
    ...{ images: extentOf(images), height, width, channels, filters },
  };
  return liesEvenly(found, site) ? found : undefined;
}

/** Two rows of the result move through the image as two of three summed letters do, three taps each; one column. */
function rolesOf(image: Side, weights: Side, out: string, index: Index): Roles | undefined {
  const summed = [...image.letters].filter((l) => !out.includes(l));
  const rows = [...out].filter((l) => !weights.letters.includes(l));
  const columns = [...out].filter((l) => !image.letters.includes(l));
  if (summed.length !== 3 || columns.length !== 1 || rows.length + columns.length !== out.length)
    return undefined;
  const step = (l: string): number => Math.abs(strideOf(index, l));
  const windows = rows.flatMap((row) => {
    const tap = summed.find((l) => sizeIn(image, l) === TAPS && step(l) === step(row));
    return tap !== undefined && step(row) !== 0 ? [{ row, tap }] : [];
  });
  if (windows.length !== 2) return undefined;
  const [down, across] = windows;
  const k = summed.find((l) => l !== down.tap && l !== across.tap);
  const others = rows.filter((row) => row !== down.row && row !== across.row);
  if (down.tap === across.tap || k === undefined || others.length > 1) return undefined;
  const roles = { y: down.row, x: across.row, u: down.tap, v: across.tap, k, j: columns[0] };
  return others.length ? { ...roles, g: others[0] } : roles;
}

/** The taps counted from the other end. */
const mirrored = (index: Index, tap: string): Index => ({
  base: index.base + (TAPS - 1) * strideOf(index, tap),
  terms: index.terms.map(({ loop, stride }) => ({ loop, stride: loop === tap ? -stride : stride })),
});

function liesEvenly({ a, node, group, place }: Convolution, site: Site): boolean {
  return (
    strideOf(a.index, "k") === 1 &&
    strideOf(offset(site, node, place), "j") === 1 &&
    isEven(indicesOf(group.nodes, site, place), "j")
  );
}
