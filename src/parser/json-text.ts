import { codeFrame, ModelError, ModelLimitError, printable } from "../diagnostics.ts";

/** Limits on JSON that nobody vouches for. */
export const JSON_LIMITS = { characters: 64 * 1024 * 1024, depth: 200 } as const;
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** JSON text as plain data: size and depth are checked before it is parsed, keys that reach prototypes are refused. */
export function parseJson(text: string, file?: string): unknown {
  const at = file === undefined ? {} : { at: { file } };
  if (text.length > JSON_LIMITS.characters) {
    const message = `The JSON text has ${text.length} characters; the limit is ${JSON_LIMITS.characters}.`;
    throw new ModelLimitError({ code: "json-size", message, ...at });
  }
  if (depthOf(text) > JSON_LIMITS.depth) {
    throw new ModelLimitError({
      code: "json-depth",
      message: `The JSON text nests deeper than ${JSON_LIMITS.depth} levels.`,
      ...at,
    });
  }
  const value = parsed(text, file);
  const key = forbiddenKey(value);
  if (key !== undefined)
    throw new ModelError({
      code: "json-key",
      message: `The JSON text has a key "${key}", which no model has.`,
      ...at,
    });
  return value;
}

/** The deepest nesting of brackets outside strings; stops counting beyond the limit. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length && deepest <= JSON_LIMITS.depth; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) i = endOfString(text, i);
    else if (c === 0x5b || c === 0x7b) deepest = Math.max(deepest, ++depth);
    else if (c === 0x5d || c === 0x7d) depth--;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text.charCodeAt(i) !== 0x22) i += text.charCodeAt(i) === 0x5c ? 2 : 1;
  return i;
}

function parsed(text: string, file: string | undefined): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const said = printable((error as Error).message);
    const position = Number(/position (\d+)/.exec(said)?.[1] ?? NaN);
    throw new ModelError({
      code: "bad-json",
      message: `This is not JSON: ${said.replace(/ in JSON at position.*/, "").replace(/, "?\.\.\..*/, "")}.`,
      at: { ...(file !== undefined && { file }), ...(Number.isFinite(position) && lineOf(text, position)) },
    });
  }
}

function lineOf(text: string, position: number): { line: number; column: number; frame?: string } {
  const before = text.slice(0, position).split("\n");
  const [line, column] = [before.length, before[before.length - 1].length + 1];
  return { line, column, ...(column < 160 && { frame: codeFrame(text, line, column) }) };
}

function forbiddenKey(root: unknown): string | undefined {
  const stack = [root];
  while (stack.length) {
    const value = stack.pop();
    if (typeof value !== "object" || value === null) continue;
    if (!Array.isArray(value)) {
      const found = Object.keys(value).find((key) => FORBIDDEN.has(key));
      if (found !== undefined) return found;
    }
    for (const child of Object.values(value)) if (typeof child === "object") stack.push(child);
  }
  return undefined;
}
