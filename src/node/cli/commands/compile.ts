import { join } from "node:path";
import { bundleSource, type InputShapes } from "../../../bundle-source.ts";
import { bundleOptions, checkCompileTo, compileTo, type CompileToOptions } from "../../../compile-to.ts";
import { ModelError } from "../../../diagnostics.ts";
import { emit, STAGES } from "../../../emit.ts";
import type { Read } from "../../../load/read-model.ts";
import { saveFolder } from "../../save-folder.ts";
import { readArrays } from "../arrays.ts";
import { type Command, type Options, UsageError } from "../command.ts";
import type { Io } from "../io.ts";
import { readDrawn } from "../model.ts";
import { inputShape, oneOf, whole } from "../options.ts";
import { runnable } from "../runnable.ts";
import { COMPILE, compiledModel } from "../settings.ts";

export const compile: Command = {
  name: "compile",
  summary: "write a standalone bundle, or show a stage of its making",
  arguments: [["<MODEL>", "a model in any form; - reads standard input"]],
  options: [
    ["-o, --output <DIR>", "the folder for the bundle; it is made where it is missing"],
    ["--target <TARGET>", "wasm (default), ts: the readable one, or js", oneOf("wasm", "ts", "js")],
    ["--training", "with trainStep; the model must be compiled, or --loss given"],
    [
      "--weights <WHERE>",
      "inline (default), file: beside the module, or none",
      oneOf("inline", "file", "none"),
    ],
    ["--batch-size <B>", "rows computed at a time, 32 if not given", whole(1)],
    ["--input-shape <NAME=SIZES>", "sizes that the model leaves open: NAME=28,28,1", inputShape],
    ["--name <NAME>", "of the files; the model's name if not given"],
    ["--expected <FILE>", "outputs for the golden input, for verify() to compare with"],
    ["--emit <STAGE>", `print a stage instead: ${STAGES.join(", ")}`, oneOf(...STAGES)],
    ...COMPILE,
  ],
  examples: [
    ["compile model.keras -o out", "out/NAME.js, with WebAssembly inside"],
    ["compile lecture.py --target ts --training -o out", "readable TypeScript that trains"],
    ["compile model.h5 --emit memory", "the map of memory"],
  ],
  async run([argument], options, io) {
    if (options.emit === undefined && typeof options.output !== "string") {
      throw new UsageError(
        "compile needs a folder for its files: -o DIR; or a stage to print: --emit STAGE.",
      );
    }
    const settings = await settingsOf(options, io);
    checkCompileTo(settings);
    const read = await readDrawn(argument, options, io);
    if (typeof options.emit === "string") return io.out(view(options.emit, read, options, settings, io));
    const { files } = compileTo(modelOf(read, options, io).core, settings);
    await saveFolder(String(options.output), files);
    for (const [name, bytes] of files)
      io.say(`${join(String(options.output), name)}: ${(bytes.length / 1024).toFixed(1)} kB`);
  },
};

async function settingsOf(options: Options, io: Io): Promise<CompileToOptions> {
  const { target, training, weights, batchSize, deterministic, winograd, name } = options;
  const expected = typeof options.expected === "string" ? await readArrays(options.expected, io) : undefined;
  const given = {
    target,
    training,
    weights,
    batch_size: batchSize,
    deterministic,
    winograd: winograd === undefined ? undefined : Number(winograd),
    name,
    expected,
    input_shape: shapes(options),
  };
  return Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  ) as CompileToOptions;
}

/** Sizes without a name are those of the only input. */
function shapes({ inputShape }: Options): InputShapes | undefined {
  const given = inputShape as Readonly<Record<string, readonly number[]>> | undefined;
  return given && Object.keys(given).length === 1 && Object.hasOwn(given, "") ? given[""] : given;
}

const modelOf = (read: Read, options: Options, io: Io) =>
  options.training || options.loss !== undefined
    ? compiledModel(read, options, io, true)
    : runnable(read, options, io);

function view(
  stage: string,
  read: Read,
  options: Options,
  settings: CompileToOptions,
  io: Io,
): string | Uint8Array {
  if (stage === "wasm" && io.outTerminal) {
    throw new ModelError({
      code: "binary-output",
      message: "The wasm stage is binary: send it to a file, or see it with --emit wat.",
    });
  }
  const model = modelOf(read, options, io);
  const source = () => bundleSource(model.core, settings.input_shape, settings.training ?? false);
  return emit(stage, { spec: read.spec, ir: read.ir, source, options: bundleOptions(model.core, settings) });
}
