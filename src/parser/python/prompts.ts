const prompt = /^[ \t]*(?:>>>|\.\.\.)(?: |(?=\r?$))/;
const begins = /^(?:[ \t]*(?:#.*)?\r?\n)*[ \t]*>>> /;
/** A line that is Python by its looks: to take it for what the session answered would be wrong. */
const likeCode = /^\s*(?:[A-Za-z_][\w.]*\s*=(?!=)|(?:import|from)\s+\w|(?:[A-Za-z_]\w*\.)+\w+\()/;

/** A session of Python as it is pasted: `>>> model = …`. */
export interface Session {
  /** Without its prompts, every character in its place; what was answered is a comment. */
  readonly code: string;
  /** Lines of answers, 1-based. */
  readonly answers: readonly number[];
  /** Lines of Python without a prompt. */
  readonly strays: readonly number[];
}

/** Undefined where the text is no session. */
export function sessionOf(text: string): Session | undefined {
  if (!begins.test(text)) return undefined;
  const answers: number[] = [];
  const strays: number[] = [];
  const lines = text.split("\n").map((line, k) => {
    const [found] = prompt.exec(line) ?? [];
    // A form feed begins the line anew, so that it is not indented.
    if (found !== undefined) return `${"\f".padStart(found.length)}${line.slice(found.length)}`;
    if (line.trim() === "" || /^\s*#/.test(line)) return line;
    (likeCode.test(line) ? strays : answers).push(k + 1);
    return `#${line.slice(1)}`;
  });
  return { code: lines.join("\n"), answers, strays };
}
