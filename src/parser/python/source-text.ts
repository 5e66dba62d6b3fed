import { codeFrame, type Where } from "../../diagnostics.ts";
import { withoutMagics } from "./magics.ts";
import { type Session, sessionOf } from "./prompts.ts";

/** Python as it was written, and as it is read. */
export interface SourceText {
  readonly text: string;
  /** The same with lines for IPython as comments and without prompts, every character in its place. */
  readonly code: string;
  /** Where it is pasted from a session. */
  readonly session?: Session;
  readonly file?: string;
  /** Of a notebook: the line on which each code cell begins, 1-based. */
  readonly cells?: readonly number[];
}

export function sourceText(text: string, file?: string, cells?: readonly number[]): SourceText {
  const session = cells === undefined ? sessionOf(text) : undefined;
  return {
    text,
    code: session?.code ?? withoutMagics(text, cells !== undefined),
    ...(session && { session }),
    ...(file === undefined ? {} : { file }),
    ...(cells ? { cells } : {}),
  };
}

/** A place with its code frame; in a notebook the cell, and the line in it. */
export function placeOf(source: SourceText, line: number, column: number): Where {
  const cell = source.cells?.findLastIndex((start) => start <= line) ?? -1;
  const first = cell < 0 ? 1 : source.cells![cell];
  const end = cell < 0 ? undefined : source.cells![cell + 1];
  return {
    ...(source.file === undefined ? {} : { file: source.file }),
    ...(cell < 0 ? {} : { cell: cell + 1 }),
    line: line - first + 1,
    column,
    // Made when somebody looks: a long source has many places and few errors.
    get frame(): string {
      if (cell < 0) return codeFrame(source.text, line, column);
      const lines = source.text.split("\n").slice(first - 1, end === undefined ? undefined : end - 1);
      return codeFrame(lines.join("\n"), line - first + 1, column);
    },
  };
}
