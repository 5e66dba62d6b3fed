import { internal, ModelError } from "./diagnostics.ts";
import type { Spawn } from "./formats/hdf5.ts";
import { writeOptimizerState } from "./formats/optimizer-state.ts";
import type { NamedArray } from "./formats/stored-array.ts";
import type { ModelToWrite, WeightValues } from "./formats/weights-h5.ts";
import { compileConfig, optimizerName, pythonJson } from "./load/compile-config.ts";
import { show } from "./ir/fields/schema.ts";
import { modelWeights } from "./ir/model.ts";
import { trainableWeights } from "./ir/train.ts";
import { slotsOf } from "./ir/update.ts";
import { iteration, learningRate, slotVariable, weightVariable } from "./ir/variables.ts";
import type { Core } from "./runtime/core.ts";

/** Files a model can be written as. */
export type SaveFormat = "keras" | "h5" | "weights.h5" | "json";
/** Formats of the contract; those that are no `SaveFormat` are refused by name. */
const FORMATS: readonly string[] = ["keras", "h5", "weights.h5", "json"] satisfies SaveFormat[];
const LATER: readonly string[] = ["tfjs", "py"];
/** The Keras whose formats are written; all that is written, older ones of Keras 3 read, too. */
const KERAS_VERSION = "3.15.1";

/** A format by its name. */
export function saveFormat(name: string): SaveFormat {
  if (FORMATS.includes(name)) return name as SaveFormat;
  throw new ModelError({
    code: LATER.includes(name) ? "unsupported-format" : "unknown-format",
    message: LATER.includes(name)
      ? `The format ${name} is not supported yet.`
      : "There is no such model format.",
    expected: FORMATS.join(", "),
    received: show(name),
  });
}

/** The format that a path's ending asks for. */
export function formatOfPath(path: string): SaveFormat {
  const name = typeof path === "string" ? path.toLowerCase() : "";
  if (name.endsWith(".weights.h5")) return "weights.h5";
  if (name.endsWith(".keras")) return "keras";
  if (name.endsWith(".h5") || name.endsWith(".hdf5")) return "h5";
  if (name.endsWith(".json")) return "json";
  if (name.endsWith(".py")) return saveFormat("py");
  throw new ModelError({
    code: "unknown-format",
    message: "The ending of the path says no format that a model can be saved in.",
    ...(typeof path === "string" && { at: { file: path } }),
    expected: ".keras, .h5, .weights.h5 or .json",
    received: show(path),
  });
}

/** The bytes of a model in one of its formats: weights, settings of `compile` and the optimizer's state as they are now. */
export async function modelBytes(
  core: Core,
  format: SaveFormat,
  spawn: Spawn,
): Promise<Uint8Array<ArrayBuffer>> {
  const compile = core.compile && compileConfig(core);
  if (format === "json") return new TextEncoder().encode(await architecture(core, compile));
  if (!core.ir.built) throw notBuilt(core);
  const content = contentOf(core);
  if (format === "weights.h5")
    return own((await import("./formats/weights-h5.ts")).writeWeightsH5(content, spawn));
  if (format === "keras") {
    const { writeKeras } = await import("./formats/keras-zip.ts");
    return own(writeKeras({ ...content, config: await architecture(core, compile) }, spawn));
  }
  const { writeLegacyH5 } = await import("./formats/legacy-h5.ts");
  const training_config = compile && pythonJson(trainingConfig(compile));
  return own(
    writeLegacyH5(
      { ...content, config: await architecture(core), ...(training_config && { training_config }) },
      spawn,
    ),
  );
}

/** Bytes in a buffer that nobody else shares. */
async function own(bytes: Promise<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const made = await bytes;
  return made.buffer instanceof ArrayBuffer ? (made as Uint8Array<ArrayBuffer>) : new Uint8Array(made);
}

async function architecture({ ir }: Core, compile?: object): Promise<string> {
  const { writeKerasJson } = await import("./parser/keras-json-write.ts");
  const { compile: _old, ...bare } = ir;
  const text = writeKerasJson(bare);
  return compile ? `${text.slice(0, -1)},"compile_config":${pythonJson(compile)}}` : text;
}

/** What `.h5` files keep of `compile`: the optimizer under another name, its class without its module. */
function trainingConfig({ optimizer, ...config }: ReturnType<typeof compileConfig>): object {
  if (optimizer === null) return config;
  return { ...config, optimizer_config: { class_name: optimizer.class_name, config: optimizer.config } };
}

const notBuilt = ({ ir }: Core): ModelError =>
  new ModelError({
    code: "not-built",
    message: `The model ${ir.name} has no weights to save: its input shape is not known.`,
    hint: "Give it an Input, or save its architecture as JSON.",
  });

function contentOf(core: Core): ModelToWrite {
  return {
    model: core.ir,
    weights: weightValues(core),
    optimizer: optimizerState(core),
    keras_version: KERAS_VERSION,
  };
}

function weightValues({ ir, session }: Core): WeightValues {
  return new Map(
    modelWeights(ir).map(({ weight }) => [
      weight.path,
      { shape: weight.shape, data: session.view(weightVariable(weight)).slice() },
    ]),
  );
}

/** The optimizer's variables as Keras names them; none while it has made no update. */
function optimizerState({ ir, session, compile, optimizerBuilt }: Core): readonly NamedArray[] {
  if (!compile?.optimizer || !optimizerBuilt) return [];
  const { optimizer } = compile;
  const trained = trainableWeights(ir);
  const slots = slotsOf(optimizer, trained).map(({ weight, slot }) =>
    session.view(slotVariable(weight, slot)).slice(),
  );
  const state = {
    iteration: session.view(iteration)[0],
    learning_rate: session.view(learningRate)[0],
    slots,
  };
  if (!Number.isSafeInteger(state.iteration)) throw internal("the optimizer's iteration is no whole number");
  return writeOptimizerState(optimizerName(optimizer), state, optimizer.def.slots(optimizer.config), trained);
}
