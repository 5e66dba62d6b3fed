import { type Diagnostic, ModelError, type Where } from "../diagnostics.ts";
import type { LegacyFile, ModelFile } from "../formats/model-file.ts";
import { type Limits, withinLimit } from "../diagnostics/limits.ts";
import { isShardIndex } from "../formats/shards.ts";
import { otherFile } from "../formats/others.ts";
import { sniff } from "../formats/sniff.ts";
import { isTfjs } from "../formats/tfjs/is-tfjs.ts";
import { olderSettings } from "../ir/metrics-by-output.ts";
import { renamedMetrics } from "../ir/renamed-metrics.ts";
import type { Model } from "../ir/model.ts";
import type { CompileSpec, ModelSpec, Note } from "../ir/spec.ts";
import { compileSpec } from "../parser/keras-compile.ts";
import { kerasModel } from "../parser/keras-json.ts";
import type { Snippet } from "../parser/training-spec.ts";
import type { Host } from "./host.ts";
import type { LoadOptions } from "./options.ts";
import { notebookCode } from "./notebook.ts";
import { parseJson } from "../json-text.ts";
import { type JsonSource, located } from "./located.ts";
import { configWithinLimits } from "./within-limits.ts";
import { modelFileOf } from "./model-file.ts";
import type { Content } from "./source.ts";

/** What a source says, before anything is built. */
export interface Opened {
  readonly spec: ModelSpec;
  /** Seed of the weights that no file gives. */
  readonly seed?: number;
  /** Weights and optimizer state, where the source holds them. */
  readonly file?: ModelFile;
  readonly snippet?: Snippet;
  readonly notes: readonly Note[];
  /** What the source means otherwise than the IR that is built of it. */
  strays?(ir: Model): readonly Diagnostic[];
  /** The JSON that the spec was read from. */
  readonly json?: JsonSource;
}

export interface OpenOptions extends Pick<LoadOptions, "define" | "model" | "seed" | "weights" | "keras"> {
  /** Shapes of arrays that a snippet may use by these names. */
  readonly data?: Readonly<Record<string, readonly number[]>>;
  /** False where the architecture is enough: the weights of a file are then looked at, but not read. */
  readonly values?: boolean;
}

/** Reads any source, told apart by content alone. */
export async function open(
  content: Content,
  options: OpenOptions,
  host: Host,
  limits: Limits,
): Promise<Opened> {
  const { bytes, file } = content;
  const format = sniff(bytes);
  if (content.members || format === "hdf5" || format === "zip")
    return openFile(content, options, host, limits);
  if (format === "json") return openJson(utf8(content), content, options, limits);
  if (format === "python") {
    const text = utf8(content);
    const json = quotedJson(text);
    return json === undefined
      ? openSnippet({ text }, options, limits, file)
      : openJson(json, content, options, limits);
  }
  const other = otherFile(bytes);
  throw new ModelError({
    code: format === "empty" ? "file-empty" : "not-a-model",
    message: format === "empty" ? "The model's source is empty." : "This is no model that can be read.",
    at: where(file),
    expected: "a Keras model (.keras, .h5, JSON) or a Python snippet",
    received: other?.name ?? (format === "empty" ? "no bytes" : `${format} data`),
    ...(other && { hint: other.hint }),
  });
}

/** The JSON within a JSON text: `json.dump(model.to_json(), file)` writes such files. */
function quotedJson(text: string): string | undefined {
  if (!/^\s*"\{/.test(text)) return undefined;
  try {
    const inner: unknown = JSON.parse(text);
    return typeof inner === "string" ? inner : undefined;
  } catch {
    return undefined;
  }
}

const where = (file: string | undefined): Where => (file === undefined ? {} : { file });

function utf8({ bytes, file }: Content): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ModelError({ code: "not-utf8", message: "The text is not UTF-8.", at: where(file) });
  }
}

const seeded = (seed: number | undefined): { seed?: number } => (seed === undefined ? {} : { seed });

/** Options that mean something in a snippet alone are not passed over elsewhere. */
function refuseSnippetOptions({ define, model }: OpenOptions, file: string | undefined): void {
  const given = [
    ...(define && Object.keys(define).length ? ["define"] : []),
    ...(model === undefined ? [] : ["model"]),
  ];
  if (given.length === 0) return;
  const message = `The option ${given.join(" and ")} is for Python snippets; this source is none.`;
  throw new ModelError({ code: "bad-option", message, at: where(file) });
}

async function openFile(content: Content, options: OpenOptions, host: Host, limits: Limits): Promise<Opened> {
  refuseSnippetOptions(options, content.file);
  const file = await modelFileOf(content, host, limits, options.values);
  if (file.config === undefined) throw weightsOnly(content.file);
  // files from before Keras 1.2 do not say their version
  const version = file.keras_version ?? (file.layout === "legacy" ? "1" : undefined);
  const json = { text: file.config, embedded: true };
  const spec = located(json, () => {
    const value = parseJson(json.text, content.file, limits);
    configWithinLimits(value, limits, content.file);
    return kerasModel(value, content.file, version);
  });
  const compile = file.layout === "legacy" ? trainingConfig(file, content.file, spec.older) : undefined;
  return {
    spec: compiledFor(compile ? { ...spec, compile } : spec, compile !== undefined),
    file,
    json,
    notes: [...(spec.notes ?? []), ...assetNotes(file)],
    ...seeded(options.seed),
  };
}

/** Layers that read such files are refused elsewhere; what is left of them is kept, and said. */
function assetNotes(file: ModelFile): Note[] {
  const names = file.layout === "keras3" ? [...(file.assets?.keys() ?? [])] : [];
  if (names.length === 0) return [];
  const message = `The archive holds files of layers, which are kept: ${names.slice(0, 10).join(", ")}.`;
  return [{ message }];
}

const weightsOnly = (file: string | undefined): ModelError =>
  new ModelError({
    code: "no-architecture",
    message: "The file holds weights but no architecture.",
    at: where(file),
    expected: "a whole model",
    hint: "Load the model from its JSON or snippet, and give this file as its weights (weights, or --load-weights).",
  });

/** The arguments of `compile` as whole-model `.h5` files keep them. */
function trainingConfig(
  saved: LegacyFile,
  file: string | undefined,
  older: ModelSpec["older"],
): CompileSpec | undefined {
  if (saved.training_config === undefined) return undefined;
  const config = parseJson(saved.training_config, file);
  const isObject = typeof config === "object" && config !== null && !Array.isArray(config);
  return isObject ? compileOf(config, file, older) : undefined;
}

/** What is compiled by a file's rules; `prefixed`: one that has metrics of older Keras under names that begin with the output's. */
function compiledFor(spec: ModelSpec, prefixed: boolean): ModelSpec {
  const { older, compile, class_name, outputs } = spec;
  if (!compile) return spec;
  if (!older) return prefixed ? { ...spec, compile: renamedMetrics(compile) } : spec;
  const one = { kind: "tensor", layer: "" };
  return { ...spec, compile: olderSettings(compile, class_name === "Sequential" ? one : outputs, prefixed) };
}

/** What a `training_config` says. */
function compileOf(
  config: object,
  file: string | undefined,
  older: ModelSpec["older"],
): CompileSpec | undefined {
  const at = { ...where(file), path: "training_config" };
  return compileSpec(config as Readonly<Record<string, unknown>>, at, older);
}

async function openJson(
  text: string,
  content: Content,
  options: OpenOptions,
  limits: Limits,
): Promise<Opened> {
  const { file } = content;
  const value = parseJson(text, file, limits);
  const record = (typeof value === "object" && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  if (Object.hasOwn(record, "nbformat"))
    return openSnippet(notebookCode(record, file), options, limits, file);
  refuseSnippetOptions(options, file);
  if (isTfjs(record)) {
    const { training, ...opened } = await (await import("./tfjs.ts")).openTfjs(record, content, limits);
    const compile = training && compileOf(training, file, opened.spec.older);
    return { ...opened, spec: compile ? { ...opened.spec, compile } : opened.spec, ...seeded(options.seed) };
  }
  if (isShardIndex(record)) throw weightsOnly(file);
  const json = { text };
  const spec = located(json, () => {
    configWithinLimits(value, limits, file);
    return kerasModel(value, file);
  });
  return { spec, json, notes: spec.notes ?? [], ...seeded(options.seed) };
}

async function openSnippet(
  { text, cells }: { readonly text: string; readonly cells?: readonly number[] },
  options: OpenOptions,
  limits: Limits,
  file: string | undefined,
): Promise<Opened> {
  withinLimit(limits, "source_bytes", text.length, "The length of the snippet", where(file));
  const { parsePython } = await import("../parser/python/index.ts");
  const { define, model, seed, data, keras } = options;
  const snippet = parsePython(text, {
    ...where(file),
    ...(define && { define }),
    ...(model !== undefined && { model }),
    ...seeded(seed),
    ...(data && { data }),
    ...(keras !== undefined && { keras }),
    ...(cells && { cells }),
    ...(options.weights !== undefined && { weights: true }),
  } as Parameters<typeof parsePython>[1]);
  return { spec: snippet.spec, snippet, notes: snippet.notes, ...seeded(snippet.seed) };
}
