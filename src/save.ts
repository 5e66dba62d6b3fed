import { ModelError } from "./diagnostics.ts";
import { show } from "./ir/fields/schema.ts";
import type { Generation } from "./ir/fields.ts";
import { checkOptions, oneOf, type OptionSchemas, text } from "./ir/options.ts";
import type { Core } from "./runtime/core.ts";
import { contentOf, type SaveSettings } from "./save/content.ts";
import type { Files, Writer } from "./save/writer.ts";
import { writers } from "./save/writers/index.ts";

/** Formats a model can be written in. */
export type SaveFormat = (typeof writers)[number]["name"];

/** Those of several files. */
export type FolderFormat = Extract<(typeof writers)[number], { readonly endings: readonly [] }>["name"];

/** Options of `toBytes`. */
export interface BytesOptions {
  /** The Keras that is to open the file: 3, or 2 for tf.keras and tf-keras; 3 where absent. */
  readonly keras?: 2 | 3 | "2" | "3";
}

/** Options of `save`. */
export interface SaveOptions extends BytesOptions {
  /** The format, where the path's ending does not say it. */
  readonly format?: SaveFormat;
}

const BYTES: OptionSchemas<BytesOptions> = { keras: { ...oneOf(2, 3, "2", "3"), description: "2 or 3" } };

const names = (): string => writers.map((writer) => writer.name).join(", ");

/** The writer of a format by its name. */
function writerOf(format: string): Writer {
  const writer = writers.find((one) => one.name === format);
  if (writer) return writer;
  throw new ModelError({
    code: "unknown-format",
    message: "There is no such model format.",
    expected: names(),
    received: show(format),
  });
}

/** The writer that a path's ending asks for; a slash at the end asks for a folder of files. */
export function writerOfPath(path: string): Writer {
  const name = typeof path === "string" ? path.toLowerCase() : "";
  const all: readonly Writer[] = writers;
  if (name.endsWith("/")) return all.find(({ endings }) => endings.length === 0)!;
  const fitting = all.flatMap((writer) =>
    writer.endings.filter((ending) => name.endsWith(ending)).map((ending) => ({ writer, ending })),
  );
  const [longest] = fitting.sort((a, b) => b.ending.length - a.ending.length);
  if (longest) return longest.writer;
  throw new ModelError({
    code: "unknown-format",
    message: "The ending of the path says no format that a model can be saved in.",
    ...(typeof path === "string" && { at: { file: path } }),
    expected: writers.flatMap(({ endings }): readonly string[] => endings).join(", "),
    received: show(path),
  });
}

/** The writer that the options of `save` ask for; ModelErrors say what does not fit. */
export function chosenWriter(path: string, options: SaveOptions): Writer {
  checkOptions("save", options, { ...BYTES, format: text });
  const writer = options.format === undefined ? writerOfPath(path) : writerOf(options.format);
  generationOf(writer, options.keras);
  return writer;
}

/** The writer of `toBytes`. */
export function bytesWriter(format: string, options: BytesOptions): Writer {
  checkOptions("toBytes", options, BYTES);
  return writerOf(format);
}

/** The generation that options ask for; the writer's own first one where they do not. */
function generationOf({ name, keras }: Writer, asked: unknown): Generation {
  if (asked === undefined) return keras[0];
  const found = keras.find((one) => one === String(asked));
  if (found) return found;
  throw new ModelError({
    code: "bad-option",
    message: `There is no ${name} file for this Keras.`,
    at: { path: "keras" },
    expected: keras.join(" or "),
    received: show(asked),
  });
}

/** A model in one of its formats: the bytes of one file, or the files of a folder by name. */
export async function modelFile(
  core: Core,
  writer: Writer,
  settings: Omit<SaveSettings, "keras"> & { readonly keras?: unknown },
): Promise<Uint8Array<ArrayBuffer> | Files> {
  const made = await writer.write(
    contentOf(core, { ...settings, keras: generationOf(writer, settings.keras) }),
  );
  return made instanceof Uint8Array ? own(made) : made;
}

/** Bytes that fill a buffer of their own. */
const own = (made: Uint8Array): Uint8Array<ArrayBuffer> =>
  made.buffer instanceof ArrayBuffer && made.buffer.byteLength === made.length
    ? (made as Uint8Array<ArrayBuffer>)
    : new Uint8Array(made);
