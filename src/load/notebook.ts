import { ModelError } from "../diagnostics.ts";

const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === "object" && v !== null && !Array.isArray(v);

/** The Python of a notebook. */
export interface NotebookCode {
  readonly text: string;
  /** The line of the text on which each code cell begins, 1-based. */
  readonly cells: readonly number[];
}

/** The Python of a notebook's code cells, in order. Cells in other languages (`%%bash`) become comments. */
export function notebookCode(notebook: Readonly<Record<string, unknown>>, file?: string): NotebookCode {
  const cells = Array.isArray(notebook.cells) ? notebook.cells : oldCells(notebook.worksheets);
  const code = cells
    .filter(isRecord)
    .filter((cell) => cell.cell_type === "code")
    .map((cell) => inPython(sourceOf(cell.source ?? cell.input)));
  if (code.length === 0) {
    const message = "The notebook has no code cells.";
    throw new ModelError({ code: "notebook-empty", message, at: file === undefined ? {} : { file } });
  }
  let line = 1;
  const starts = code.map((text) => {
    const start = line;
    line += text.split("\n").length;
    return start;
  });
  return { text: code.join("\n"), cells: starts };
}

/** Notebooks before version 4 had their cells in worksheets. */
const oldCells = (worksheets: unknown): readonly unknown[] =>
  Array.isArray(worksheets)
    ? worksheets
        .filter(isRecord)
        .flatMap((sheet) => (Array.isArray(sheet.cells) ? (sheet.cells as unknown[]) : []))
    : [];

const sourceOf = (source: unknown): string => {
  const text = Array.isArray(source)
    ? source.filter((line) => typeof line === "string").join("")
    : String(source ?? "");
  return text.replaceAll(/\r\n?/g, "\n");
};

/** Cell magics after which the cell is Python all the same. */
const python = /^\s*%%(time|timeit|capture|prun|python3?|memit|script python)\b/;
const inPython = (cell: string): string =>
  /^\s*%%/.test(cell) && !python.test(cell) ? cell.replaceAll(/^/gm, "# ") : undented(cell);

/** IPython takes the indentation of a cell's first line off all its lines. */
function undented(cell: string): string {
  const [, indent] = /^(?:[ \t]*\n)*([ \t]+)\S/.exec(cell) ?? [];
  return indent === undefined
    ? cell
    : cell
        .split("\n")
        .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
        .join("\n");
}
