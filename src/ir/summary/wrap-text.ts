import { cellLength, chopCells, cropCells, fitCells } from "./cells.ts";

export type Align = "left" | "right" | "center";

/** A table cell as lines of `width` columns: folded at spaces, a longer word cut with an ellipsis. */
export function cellLines(text: string, width: number, align: Align): string[] {
  if (width < 1) return [];
  return breakLines(text, width, false).map((line) => alignLine(line, width, align));
}

/** Running text as lines of at most `width` columns: folded at spaces, a longer word broken. */
export function textLines(text: string, width: number): string[] {
  return breakLines(text, width, true).map((line) => cropCells(line, width));
}

function alignLine(line: string, width: number, align: Align): string {
  if (align === "left") return fitCells(ellipsis(line, width), width);
  const text = ellipsis(line.trimEnd(), width);
  const free = width - cellLength(text);
  const before = align === "right" ? free : Math.floor(free / 2);
  return " ".repeat(before) + text + " ".repeat(free - before);
}

const ellipsis = (line: string, width: number): string =>
  cellLength(line) > width ? `${fitCells(line, width - 1)}…` : line;

function breakLines(text: string, width: number, fold: boolean): string[] {
  const cuts = [0, ...breaks(text, width, fold), text.length];
  return cuts.slice(1).map((end, i) => trimOverhang(text.slice(cuts[i], end), width));
}

/** Spaces at the end of a line are kept as far as they fit. */
function trimOverhang(line: string, width: number): string {
  const excess = Array.from(line).length - width;
  const spaces = line.length - line.trimEnd().length;
  return excess > 0 ? line.slice(0, line.length - Math.min(spaces, excess)) : line;
}

/** Where lines begin, but for the first. A word keeps the spaces after it. */
function breaks(text: string, width: number, fold: boolean): number[] {
  const found: number[] = [];
  let used = 0;
  for (const { 0: word, index } of text.matchAll(/\s*\S+\s*/g)) {
    const length = cellLength(word.trimEnd());
    if (length <= width - used) {
      used += cellLength(word);
    } else if (length > width && fold) {
      const pieces = chopCells(word, width);
      found.push(...starts(index, pieces).filter((at) => at > 0));
      used = cellLength(pieces[pieces.length - 1]);
    } else if (length > width) {
      if (index > 0) found.push(index);
      used = cellLength(word);
    } else if (used > 0 && index > 0) {
      found.push(index);
      used = cellLength(word);
    }
  }
  return found;
}

function starts(from: number, pieces: readonly string[]): number[] {
  let at = from;
  return pieces.map((piece) => {
    const start = at;
    at += piece.length;
    return start;
  });
}
