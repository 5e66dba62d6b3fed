import { type Diagnostic, ModelError, ModelLimitError } from "../diagnostics.ts";
import { placeOfJson } from "../json-text.ts";

/** A JSON text that problems are about. */
export interface JsonSource {
  readonly text: string;
  /** It stands inside a binary file, where its lines and columns are of no use. */
  readonly embedded?: boolean;
}

/** Work on what a JSON text says: its problems get line, column and frame by their JSON paths. */
export function located<T>(json: JsonSource | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!json || !(error instanceof ModelError)) throw error;
    const problems = error.errors.map((problem) => placed(problem, json));
    throw error instanceof ModelLimitError ? new ModelLimitError(problems) : new ModelError(problems);
  }
}

function placed(problem: Diagnostic, { text, embedded }: JsonSource): Diagnostic {
  const { at } = problem;
  if (!at?.path || at.line !== undefined || at.frame !== undefined) return problem;
  const { frame, ...position } = placeOfJson(text, at.path);
  return { ...problem, at: { ...at, ...(embedded ? {} : position), ...(frame !== undefined && { frame }) } };
}
