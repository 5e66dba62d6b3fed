import { ModelError, type Where } from "../diagnostics.ts";
import type { LegacyFile, ModelFile } from "../formats/model-file.ts";
import type { Limits } from "../formats/limits.ts";
import { sniff } from "../formats/sniff.ts";
import type { CompileSpec, ModelSpec, Note } from "../ir/spec.ts";
import type { Snippet } from "../parser/training-spec.ts";
import type { Host } from "./host.ts";
import type { LoadOptions } from "./options.ts";
import { notebookCode } from "./notebook.ts";
import { type Content, inFile } from "./source.ts";

/** What a source says, before anything is built. */
export interface Opened {
  readonly spec: ModelSpec;
  /** Seed of the weights that no file gives. */
  readonly seed?: number;
  /** Weights and optimizer state, where the source holds them. */
  readonly file?: ModelFile;
  readonly snippet?: Snippet;
  readonly notes: readonly Note[];
}

export interface OpenOptions extends Pick<LoadOptions, "define" | "model" | "seed"> {
  /** Shapes of arrays that a snippet may use by these names. */
  readonly data?: Readonly<Record<string, readonly number[]>>;
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
  if (format === "hdf5" || format === "zip") return openFile(content, options, host, limits);
  if (format === "json") return openJson(utf8(content), options, file);
  if (format === "python") return openSnippet(utf8(content), options, file);
  throw new ModelError({
    code: format === "empty" ? "file-empty" : "not-a-model",
    message: format === "empty" ? "The model's source is empty." : "This is no model that can be read.",
    at: where(file),
    expected: "a Keras model (.keras, .h5, JSON) or a Python snippet",
    received: format === "empty" ? "no bytes" : `${format} data`,
  });
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
  const [{ readModelFile }, { parseKerasJson }] = await Promise.all([
    import("../formats/model-file.ts"),
    import("../parser/keras-json.ts"),
  ]);
  const file = await inFile(content.file, readModelFile(content.bytes, limits, host.spawn));
  if (file.config === undefined) throw weightsOnly(content.file);
  // files from before Keras 1.2 do not say their version
  const version = file.keras_version ?? (file.layout === "legacy" ? "1" : undefined);
  const spec = parseKerasJson(file.config, content.file, version);
  const compile = file.layout === "legacy" ? await trainingConfig(file, content.file) : undefined;
  return { spec: compile ? { ...spec, compile } : spec, file, notes: [], ...seeded(options.seed) };
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
async function trainingConfig(saved: LegacyFile, file: string | undefined): Promise<CompileSpec | undefined> {
  if (saved.training_config === undefined) return undefined;
  const [{ parseJson }, { compileSpec }] = await Promise.all([
    import("../parser/json-text.ts"),
    import("../parser/keras-json.ts"),
  ]);
  const config = parseJson(saved.training_config, file);
  const isObject = typeof config === "object" && config !== null && !Array.isArray(config);
  return isObject
    ? compileSpec(unwrapped(config) as Readonly<Record<string, unknown>>, {
        ...where(file),
        path: "training_config",
      })
    : undefined;
}

/** tf.keras wraps the function of a metric: the function's own name says which it is. */
function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped);
  if (typeof value !== "object" || value === null) return value;
  const { class_name, config } = value as {
    readonly class_name?: unknown;
    readonly config?: Readonly<Record<string, unknown>>;
  };
  if (class_name === "MeanMetricWrapper" && typeof config?.fn === "string") {
    const { fn, ...rest } = config;
    return { class_name: fn, config: rest };
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, unwrapped(part)]));
}

/** Other documents that are JSON, by a key that only they have. */
const OTHER_JSON: readonly (readonly [string, string])[] = [
  ["modelTopology", "a TensorFlow.js model"],
  ["weightsManifest", "a TensorFlow.js model"],
  ["weight_map", "an index of sharded weights"],
];

async function openJson(text: string, options: OpenOptions, file: string | undefined): Promise<Opened> {
  const { parseJson } = await import("../parser/json-text.ts");
  const value = parseJson(text, file);
  const record = typeof value === "object" && value !== null ? value : {};
  if (Object.hasOwn(record, "nbformat") && Object.hasOwn(record, "cells")) {
    return openSnippet(notebookCode(record as Readonly<Record<string, unknown>>, file), options, file);
  }
  refuseSnippetOptions(options, file);
  const [, other] = OTHER_JSON.find(([key]) => Object.hasOwn(record, key)) ?? [];
  if (other !== undefined) {
    throw new ModelError({
      code: "unsupported-format",
      message: `This is ${other}, which is not supported yet.`,
      at: where(file),
    });
  }
  const { kerasModel } = await import("../parser/keras-json.ts");
  return { spec: kerasModel(value, file), notes: [], ...seeded(options.seed) };
}

async function openSnippet(text: string, options: OpenOptions, file: string | undefined): Promise<Opened> {
  const { parsePython } = await import("../parser/python/index.ts");
  const { define, model, seed, data } = options;
  const snippet = parsePython(text, {
    ...where(file),
    ...(define && { define }),
    ...(model !== undefined && { model }),
    ...seeded(seed),
    ...(data && { data }),
  } as Parameters<typeof parsePython>[1]);
  return { spec: snippet.spec, snippet, notes: snippet.notes, ...seeded(snippet.seed) };
}
