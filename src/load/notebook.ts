import { ModelError } from "../diagnostics.ts";

const isRecord = (v: unknown): v is Readonly<Record<string, unknown>> =>
  typeof v === "object" && v !== null && !Array.isArray(v);

/** The Python of a notebook's code cells, in order; lines for the shell or for IPython become comments. */
export function notebookCode(notebook: Readonly<Record<string, unknown>>, file?: string): string {
  const cells = Array.isArray(notebook.cells) ? notebook.cells.filter(isRecord) : [];
  const code = cells.filter((cell) => cell.cell_type === "code").map((cell) => sourceOf(cell.source));
  if (code.length > 0) return code.map(withoutMagics).join("\n");
  const message = "The notebook has no code cells.";
  throw new ModelError({ code: "notebook-empty", message, at: file === undefined ? {} : { file } });
}

const sourceOf = (source: unknown): string =>
  Array.isArray(source) ? source.filter((line) => typeof line === "string").join("") : String(source ?? "");

const withoutMagics = (cell: string): string =>
  /^\s*%%/.test(cell) ? cell.replaceAll(/^/gm, "# ") : cell.replaceAll(/^(\s*)([%!])/gm, "$1# $2");
