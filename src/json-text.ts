import { codeFrame, ModelError, printable, type Where } from "./diagnostics.ts";
import { DEFAULT_LIMITS, type Limits, withinLimit } from "./diagnostics/limits.ts";

/** Keys that reach prototypes. */
const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Longer ones are no numbers that anybody writes. */
const MAX_NUMBER = 1000;
/** Python writes what is no finite number by words, too. */
const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["true", true],
  ["false", false],
  ["null", null],
  ["NaN", NaN],
  ["Infinity", Infinity],
  ["-Infinity", -Infinity],
]);

type Container =
  | { readonly items: unknown[]; readonly record?: undefined }
  | { readonly record: Record<string, unknown>; readonly items?: undefined; key: string; keys: number };

/** Told of every value before it is read: the containers around it, and where it begins. */
type Visit = (open: readonly Container[], offset: number) => void;

/**
 * JSON text as plain data, NaN and Infinity included, as Python reads and writes it. Size, depth and number of values
 * are bounded, no key comes twice, none reaches a prototype. Throws ModelErrors with line and column.
 */
export function parseJson(text: string, file?: string, limits: Limits = DEFAULT_LIMITS): unknown {
  const at = file === undefined ? undefined : { file };
  withinLimit(limits, "config_bytes", text.length, "The length of the JSON text", at);
  return read({ text, file, limits }, () => undefined);
}

/** The same of a text that was read before; numbers that Python sees as floats are boxed, as `pythonJson` writes them. */
export const parsePythonJson = (text: string): unknown =>
  read({ text, limits: DEFAULT_LIMITS, boxes: true }, () => undefined);

/** Where the value at a JSON path such as `config.layers[3].config.units` stands, or what is around it; nothing where there is no such value. */
export function placeOfJson(text: string, path: string): Pick<Where, "line" | "column" | "frame"> {
  let found: number | undefined;
  let depth = 0;
  const steps = path.split(/[.[\]]+/).filter((step) => step !== "");
  const limits = {
    ...DEFAULT_LIMITS,
    config_depth: Infinity,
    config_values: Infinity,
    config_keys: Infinity,
  };
  read({ text, limits }, (open, offset) => {
    const nearer = open.length > depth || (found === undefined && steps.length === 0);
    if (!nearer || open.length > steps.length || open.some((level, k) => stepOf(level) !== steps[k])) return;
    found = offset;
    depth = open.length;
  });
  return found === undefined ? {} : placeAt(text, found);
}

const stepOf = (level: Container): string => (level.items ? String(level.items.length) : level.key);

interface Source {
  readonly text: string;
  readonly file?: string | undefined;
  readonly limits: Limits;
  /** Whether numbers with a point or an exponent are boxed. */
  readonly boxes?: true;
}

/** One loop, no recursion: `open` holds the containers that are not closed yet. */
function read(source: Source, visit: Visit): unknown {
  const { text, limits } = source;
  const open: Container[] = [];
  let at = skip(text, text.startsWith("\ufeff") ? 1 : 0);
  for (let values = 1; ; values++) {
    if (values > limits.config_values)
      withinLimit(limits, "config_values", values, "The number of values in JSON", whereOf(source, at));
    visit(open, at);
    const begun = begin(source, at, open);
    at = skip(text, begun.at);
    if (begun.opened) continue;
    let value = begun.value;
    for (;;) {
      const outer = open.at(-1);
      if (!outer) return at === text.length ? value : refuse(source, at, "the end of the text");
      put(outer, value);
      const next = text[at];
      if (next === ",") {
        at = outer.items ? skip(text, at + 1) : readKey(source, skip(text, at + 1), outer);
        break;
      }
      if (next !== (outer.items ? "]" : "}"))
        refuse(source, at, outer.items ? "a comma or ]" : "a comma or }");
      at = skip(text, at + 1);
      value = outer.items ?? outer.record;
      open.pop();
    }
  }
}

function put(outer: Container, value: unknown): void {
  if (outer.items) outer.items.push(value);
  else outer.record[outer.key] = value;
}

/** A whole value, or the opening of a container that is not empty. */
function begin(
  source: Source,
  at: number,
  open: Container[],
): { readonly at: number; readonly value?: unknown; readonly opened?: true } {
  const { text } = source;
  const first = text[at];
  if (first === "[" || first === "{") {
    if (open.length >= source.limits.config_depth) tooDeep(source, at, open.length + 1);
    const inside = skip(text, at + 1);
    if (text[inside] === (first === "[" ? "]" : "}"))
      return { at: inside + 1, value: first === "[" ? [] : {} };
    if (first === "[") {
      open.push({ items: [] });
      return { at: inside, opened: true };
    }
    const made = { record: {}, key: "", keys: 0 };
    open.push(made);
    return { at: readKey(source, inside, made), opened: true };
  }
  return first === '"' ? readString(source, at, "a string that ends") : readScalar(source, at);
}

const tooDeep = (source: Source, at: number, depth: number): void =>
  withinLimit(source.limits, "config_depth", depth, "The nesting of the JSON text", whereOf(source, at));

function readScalar(source: Source, at: number): { readonly at: number; readonly value: unknown } {
  const { text } = source;
  let end = at;
  while (end < text.length && /[\w.+-]/.test(text[end])) end++;
  const token = text.slice(at, Math.min(end, at + MAX_NUMBER));
  if (WORDS.has(token)) return { at: end, value: WORDS.get(token) };
  if (end - at > MAX_NUMBER || !NUMBER.test(token)) refuse(source, at, "a value");
  return { at: end, value: source.boxes && /[.e]/i.test(token) ? Object(Number(token)) : Number(token) };
}

function readString(
  source: Source,
  at: number,
  expected: string,
): { readonly at: number; readonly value: string } {
  const { text } = source;
  let end = at + 1;
  while (end < text.length && text.charCodeAt(end) !== 0x22) end += text.charCodeAt(end) === 0x5c ? 2 : 1;
  if (text[at] !== '"') return refuse(source, at, expected);
  if (end >= text.length) return refuse(source, at, "a string that ends", "the end of the text");
  try {
    return { at: end + 1, value: JSON.parse(text.slice(at, end + 1)) as string };
  } catch {
    return refuse(source, at, "a string without line breaks, its backslashes as JSON has them");
  }
}

/** Reads a key and its colon; gives the place of the value. */
function readKey(source: Source, at: number, into: Container & { key: string; keys: number }): number {
  const { text, limits } = source;
  if (++into.keys > limits.config_keys)
    withinLimit(
      limits,
      "config_keys",
      into.keys,
      "The number of keys of an object in JSON",
      whereOf(source, at),
    );
  const { at: end, value: key } = readString(source, at, "a key in double quotes");
  if (FORBIDDEN.has(key)) throw badKey(source, at, `The JSON text has a key "${key}", which no model has.`);
  if (Object.hasOwn(into.record!, key)) {
    const shown = printable(JSON.stringify(key.slice(0, 60)));
    throw badKey(source, at, `The JSON text has the key ${shown} twice in one object.`);
  }
  into.key = key;
  const colon = skip(text, end);
  if (text[colon] !== ":") refuse(source, colon, "a colon after the key");
  return skip(text, colon + 1);
}

function skip(text: string, at: number): number {
  let end = at;
  while (text[end] === " " || text[end] === "\n" || text[end] === "\r" || text[end] === "\t") end++;
  return end;
}

const badKey = (source: Source, offset: number, message: string): ModelError =>
  new ModelError({ code: "json-key", message, at: whereOf(source, offset) });

function refuse(source: Source, offset: number, expected: string, instead?: string): never {
  const { text } = source;
  const [word = ""] = /^(?:[\w.+-]{1,20}|[^])/u.exec(text.slice(offset, offset + 20)) ?? [];
  throw new ModelError({
    code: "bad-json",
    message: "This is not JSON.",
    at: whereOf(source, offset),
    expected,
    received: instead ?? (word === "" ? "the end of the text" : printable(JSON.stringify(word))),
    ...(word === "'" && { hint: "JSON has double quotes only: take the text that model.to_json() gives." }),
  });
}

const whereOf = ({ text, file }: Source, offset: number): Where => ({
  ...(file !== undefined && { file }),
  ...placeAt(text, offset),
});

function placeAt(text: string, offset: number): { line: number; column: number; frame: string } {
  let line = 1;
  let start = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", start)) {
    line++;
    start = end + 1;
  }
  const column = offset - start + 1;
  return { line, column, frame: codeFrame(text, line, column) };
}
