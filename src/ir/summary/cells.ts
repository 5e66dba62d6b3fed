import { NARROW, WIDE } from "./cell-widths.ts";

/** Columns of a terminal that a character takes: 0, 1 or 2. */
function cellWidth(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code < 0x7f) return 1;
  if (code < 0x20 || code < 0xa0) return 0;
  return isIn(NARROW, code) ? 0 : isIn(WIDE, code) ? 2 : 1;
}

/** Columns of a terminal that a text takes. */
export function cellLength(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellWidth(character);
  return cells;
}

/** The text cut or padded to `cells` columns; a wide character that is cut in half becomes a space. */
export function fitCells(text: string, cells: number): string {
  let [head, used] = ["", 0];
  for (const character of text) {
    const width = cellWidth(character);
    if (used + width > cells) return used < cells ? `${head} ` : head;
    head += character;
    used += width;
  }
  return head + " ".repeat(Math.max(0, cells - used));
}

/** As `fitCells`, but shorter texts stay as they are. */
export const cropCells = (text: string, cells: number): string =>
  cellLength(text) > cells ? fitCells(text, cells) : text;

/** Pieces of at most `cells` columns. */
export function chopCells(text: string, cells: number): string[] {
  const pieces: string[] = [];
  let [piece, used] = ["", 0];
  for (const character of text) {
    const width = cellWidth(character);
    if (used + width > cells && piece !== "") {
      pieces.push(piece);
      [piece, used] = ["", 0];
    }
    piece += character;
    used += width;
  }
  return piece === "" ? pieces : [...pieces, piece];
}

/** Whether `code` is in the sorted ranges `[from, to, from, to, …]`. */
function isIn(ranges: readonly number[], code: number): boolean {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranges[middle] < code) low = middle + 1;
    else high = middle;
  }
  return low < ranges.length && (ranges[low] === code || low % 2 === 1);
}
