import { cellLength } from "../../ir/summary/cells.ts";

/** A piece of an expression: text, a pair of brackets with items between commas, or pieces side by side. */
export type Doc = string | Brackets | readonly Doc[];
export interface Brackets {
  readonly open: string;
  readonly items: readonly Doc[];
  readonly close: string;
  /** Every item on a line of its own, whether or not they fit into one. */
  readonly tall?: true;
}

export const brackets = (open: string, items: readonly Doc[], close: string): Brackets => ({
  open,
  items,
  close,
});
export const call = (name: Doc, items: readonly Doc[]): Doc => [name, brackets("(", items, ")")];
/** `key=value` */
export const keyword = (key: string, value: Doc): Doc => [`${key}=`, value];
/** A tuple; one of one item has its comma. */
export const tuple = (items: readonly Doc[]): Doc =>
  items.length === 1 ? ["(", items[0], ",)"] : brackets("(", items, ")");

const WIDTH = 88;
const STEP = 4;

const parts = (doc: Doc): readonly (string | Brackets)[] =>
  typeof doc === "string" ? [doc] : "open" in doc ? [doc] : doc.flatMap(parts);

/** On one line. */
export function flat(doc: Doc): string {
  return parts(doc)
    .map((part) =>
      typeof part === "string" ? part : `${part.open}${part.items.map(flat).join(", ")}${part.close}`,
    )
    .join("");
}

const isTall = (doc: Doc): boolean =>
  parts(doc).some((part) => typeof part !== "string" && (part.tall === true || part.items.some(isTall)));

/**
 * Lines as the formatter black breaks them: in the last brackets before which the line fits, their content on one line
 * if it fits there, else an item a line, each with a comma.
 */
export function lines(doc: Doc, indent = 0, tail = ""): string[] {
  const pad = " ".repeat(indent);
  const whole = pad + flat(doc) + tail;
  if (!isTall(doc) && cellLength(whole) <= WIDTH) return [whole];
  const all = parts(doc);
  const at = brokenPart(all, indent);
  if (at < 0) return [whole];
  const broken = all[at] as Brackets;
  const after = all.slice(at + 1);
  return [
    pad + flat(all.slice(0, at)) + broken.open,
    ...itemLines(broken, indent + STEP),
    ...lines([broken.close, ...after], indent, tail),
  ];
}

/** The place of the brackets to break: tall ones, else the last ones whose opening still fits on the line. */
function brokenPart(all: readonly (string | Brackets)[], indent: number): number {
  const tall = all.findIndex((part) => isTall(part));
  if (tall >= 0) return tall;
  const fits = (k: number): boolean =>
    indent + cellLength(flat(all.slice(0, k)) + (all[k] as Brackets).open) <= WIDTH;
  const places = all.flatMap((part, k) => (typeof part !== "string" && part.items.length ? [k] : []));
  return places.filter(fits).at(-1) ?? places.at(0) ?? -1;
}

function itemLines({ items, tall }: Brackets, indent: number): string[] {
  const together = items.map(flat).join(", ");
  const fits = !tall && !items.some(isTall) && indent + cellLength(together) <= WIDTH;
  if (fits) return [" ".repeat(indent) + together];
  const comma = items.length > 1 || tall ? "," : "";
  return items.flatMap((item) => lines(item, indent, comma));
}
