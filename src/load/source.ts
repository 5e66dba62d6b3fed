import { ModelError, ModelLimitError } from "../diagnostics.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import { CONFIG, WEIGHTS } from "../formats/keras-members.ts";
import { otherMember } from "../formats/others.ts";
import type { Host } from "./host.ts";
import { type Members, membersIn, membersOf } from "./keras-folder.ts";
import { folderOf, partsAt, partsOfRecord, type Parts } from "./parts.ts";

/**
 * Where a model or its weights come from: a path (where there are files), a URL, bytes, a File or Blob, the text
 * itself (JSON or Python: it has a line break or begins with `{`), or files by name: of a TensorFlow.js model, or of an unpacked `.keras` archive.
 */
export type Source = string | URL | Uint8Array | ArrayBuffer | Blob | Readonly<Record<string, Uint8Array>>;

/** A source that was fetched: its bytes, and what messages call it. */
export interface Content {
  readonly bytes: Uint8Array;
  /** Nobody else has the bytes: they were read for this. */
  readonly given?: boolean;
  readonly file?: string;
  /** The files beside it, where there may be any. */
  readonly part?: Parts;
  /** Set where the source is the folder of a `.keras` model: its files. */
  readonly members?: Members;
}

/** Whether a string is a model's text and not a path. */
export const isText = (source: string): boolean => /[\r\n]/.test(source) || /^\s*"?\{/.test(source);

/** Brings the bytes of a source. */
export async function fetchSource(source: Source, host: Host, limits: Limits): Promise<Content> {
  if (typeof source === "string") {
    if (isText(source)) return sized({ bytes: new TextEncoder().encode(source) }, limits);
    if (source === "") throw new ModelError({ code: "no-source", message: "The source is an empty text." });
    return fromPath(source, host, limits);
  }
  if (source instanceof URL)
    return {
      bytes: await host.fetch(source, limits),
      given: true,
      file: source.href,
      part: partsAt(source, host, limits),
    };
  if (source instanceof Uint8Array) return sized({ bytes: source }, limits);
  if (source instanceof ArrayBuffer) return sized({ bytes: new Uint8Array(source) }, limits);
  if (typeof Blob !== "undefined" && source instanceof Blob) {
    const name: unknown = "name" in source ? source.name : undefined;
    const file = typeof name === "string" ? { file: name } : {};
    withinLimit(limits, "file_bytes", source.size, "The size of the file", file);
    return { bytes: new Uint8Array(await source.arrayBuffer()), ...file };
  }
  if (typeof source === "object" && source !== null && Object.hasOwn(source, MODEL_JSON)) {
    const part = partsOfRecord(source, limits);
    return { bytes: await part(MODEL_JSON), file: MODEL_JSON, part };
  }
  if (typeof source === "object" && source !== null && Object.hasOwn(source, CONFIG)) {
    const part = partsOfRecord(source, limits);
    return { bytes: await part(CONFIG), file: CONFIG, part, members: membersOf(source, part) };
  }
  throw notASource(source);
}

/** The file of a TensorFlow.js model that the others lie beside. */
const MODEL_JSON = "model.json";

/** A file, or what lies in a folder: a model of TensorFlow.js, or the members of a `.keras` archive. */
async function fromPath(path: string, host: Host, limits: Limits): Promise<Content> {
  const read = async (file: string): Promise<Content> => ({
    bytes: await host.read(file, limits),
    given: true,
    file,
    part: partsAt(file, host, limits),
  });
  try {
    return await read(path);
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    if (error.code === "file-enoent" && (await absent(read(`${path}${INDEX}`)))) throw other(path, INDEX);
    if (error.code !== "file-eisdir") throw error;
    const inside = await absent(read(`${folderOf(path)}${MODEL_JSON}`));
    if (inside) return inside;
    const config = await absent(read(`${folderOf(path)}${CONFIG}`));
    if (config) return { ...config, members: membersIn(config.part!) };
    for (const found of [GRAPH, CHECKPOINT])
      if (await absent(read(`${folderOf(path)}${found}`))) throw other(path, found);
    throw other(path, "");
  }
}

/** What a TensorFlow SavedModel and the files of a checkpoint are called. */
const [GRAPH, INDEX, CHECKPOINT] = ["saved_model.pb", ".index", "checkpoint"];

/** A folder without a model, or something that another program saved; `found`: its file. */
function other(path: string, found: string): ModelError {
  const saved = otherMember(found);
  return new ModelError({
    code: "not-a-model",
    message: saved ? "This is no model that can be read." : "The folder holds no model that can be read.",
    at: { file: path },
    expected: `a file, or a folder with ${MODEL_JSON} (TensorFlow.js) or with ${CONFIG} and ${WEIGHTS} (an unpacked .keras)`,
    received: saved?.name ?? "a folder without them",
    ...(saved && { hint: saved.hint }),
  });
}

/** The result; undefined where there is no such file. */
const absent = <T>(work: Promise<T>): Promise<T | undefined> =>
  work.catch((error: unknown) => {
    if (error instanceof ModelError && error.code === "file-enoent") return undefined;
    throw error;
  });

function sized(content: Content, limits: Limits): Content {
  withinLimit(limits, "file_bytes", content.bytes.length, "The size of the source");
  return content;
}

function notASource(source: unknown): ModelError {
  return new ModelError({
    code: "bad-source",
    message: "This is no source of a model.",
    expected: `a path, a URL, bytes, a File or Blob, the text of a Keras JSON or a Python snippet, or files by name with ${MODEL_JSON} or ${CONFIG} among them`,
    received: source === null ? "null" : typeof source,
  });
}

/** Work on a file whose problems, where they say no file, are this one's. */
export async function inFile<T>(file: string | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (file === undefined || !(error instanceof ModelError)) throw error;
    const problems = error.errors.map((problem) => ({ ...problem, at: { file, ...problem.at } }));
    throw error instanceof ModelLimitError ? new ModelLimitError(problems) : new ModelError(problems);
  }
}
