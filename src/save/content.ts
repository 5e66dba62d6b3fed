import { internal, ModelError } from "../diagnostics.ts";
import type { Spawn } from "../formats/hdf5.ts";
import { slotOrder, writeOptimizerState } from "../formats/optimizer-state.ts";
import type { NamedArray } from "../formats/stored-array.ts";
import type { ModelToWrite, WeightValues } from "../formats/weights-h5.ts";
import { scheduleOf } from "../ir/fields/learning-rate.ts";
import type { Generation } from "../ir/fields.ts";
import { modelWeights } from "../ir/model.ts";
import type { Note } from "../ir/spec.ts";
import { numel } from "../ir/tensor.ts";
import { trainableWeights } from "../ir/train.ts";
import { optimizerName, sharedVariable } from "../ir/optimizer-variables.ts";
import { iteration, learningRate, slotVariable, weightVariable } from "../ir/variables.ts";
import type { Core } from "../runtime/core.ts";
import { compileConfig } from "./compile-config.ts";
import { optimizerNotes } from "./optimizer-notes.ts";
import type { KeptSettings } from "./kept-settings.ts";
import { keptConfig, spokenSpec } from "./kept-config.ts";
import { sharingLost } from "./sharing-notes.ts";
import { trainedOtherwise } from "./training-notes.ts";
import type { Content } from "./writer.ts";

/** The Keras whose files are written; all that is written, older ones of its generation read, too. */
const VERSIONS: Readonly<Record<Generation, string>> = { "2": "2.15.0", "3": "3.15.1" };

/** What a save is told beside the model. */
export interface SaveSettings {
  readonly keras: Generation;
  readonly date_saved: string;
  readonly assets?: ReadonlyMap<string, Uint8Array>;
  readonly spawn: Spawn;
  /** How the source of the model says it was compiled, word for word; undefined where it does not. */
  kept?(): KeptSettings | undefined;
  /** Told what the Keras that opens the file does otherwise. */
  tell(note: Note): void;
}

/** A running model as writers see it: weights, settings of `compile` and the optimizer's state as they are now. */
export function contentOf(core: Core, settings: SaveSettings): Content {
  const { ir, compile } = core;
  return {
    ...settings,
    model: ir,
    keras_version: VERSIONS[settings.keras],
    settings: () => spokenSpec(core, settings),
    async architecture(form) {
      const lost = form === "h5" ? sharingLost(ir) : [];
      for (const note of [...trainedOtherwise(ir, settings.keras), ...lost]) settings.tell(note);
      if (settings.keras === "2") return (await import("../parser/keras2-json-write.ts")).keras2Config(ir);
      const { compile: _old, ...bare } = ir;
      const { kerasConfig, kerasH5Config } = await import("../parser/keras-json-write.ts");
      return form === "h5" ? kerasH5Config(bare) : kerasConfig(bare);
    },
    compile_config(form) {
      if (!compile || compile.problem) return keptConfig(core, settings, form);
      optimizerNotes(core, settings.keras).forEach((note) => settings.tell(note));
      return compileConfig(core, settings.keras);
    },
    weights: () => weightValues(core),
    optimizer: () => optimizerState(core, settings.keras),
  };
}

/** The arrays and what else the containers hold. */
export const arraysOf = (content: Content): ModelToWrite => {
  const { model, keras, keras_version } = content;
  return { model, weights: content.weights(), optimizer: content.optimizer(), keras, keras_version };
};

const notBuilt = ({ ir }: Core): ModelError =>
  new ModelError({
    code: "not-built",
    message: `The model ${ir.name} has no weights to save: its input shape is not known.`,
    hint: "Give it an Input, or save its architecture as JSON.",
  });

function weightValues(core: Core): WeightValues {
  const { ir, session } = core;
  if (!ir.built) throw notBuilt(core);
  return new Map(
    modelWeights(ir).map(({ weight }) => [
      weight.path,
      { shape: weight.shape, data: session.view(weightVariable(weight)).slice() },
    ]),
  );
}

/** The optimizer's variables as Keras names them; none while it has made no update. */
function optimizerState(
  { ir, session, compile, optimizerBuilt }: Core,
  keras: Generation,
): readonly NamedArray[] {
  if (!compile?.optimizer || !optimizerBuilt) return [];
  const { optimizer } = compile;
  const { def, config } = optimizer;
  const trained = trainableWeights(ir);
  const kept = new Set(def.slots(config).flat());
  const groups = (keras === "2" && def.keras2_slots?.(config)) || def.slots(config);
  const slots = slotOrder(groups, trained).map(({ weight, name }) =>
    kept.has(name) ? session.view(slotVariable(weight, name)).slice() : new Float32Array(numel(weight.shape)),
  );
  const state = { iteration: session.view(iteration)[0], slots };
  if (!Number.isSafeInteger(state.iteration)) throw internal("the optimizer's iteration is no whole number");
  // Keras 2 keeps the learning rate in the configuration alone
  const rate = keras === "2" || scheduleOf(config) ? {} : { learning_rate: session.view(learningRate)[0] };
  // nor does it save what all weights share
  const { shared } = keras === "3" ? def : {};
  const value = shared && { shared: session.view(sharedVariable(shared))[0] };
  const all = { ...state, ...rate, ...value };
  return writeOptimizerState(optimizerName(optimizer), all, groups, trained, shared?.name);
}
