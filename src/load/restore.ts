import { ModelError } from "../diagnostics.ts";
import { joinWeights, type JoinOptions } from "../formats/join-weights.ts";
import { olderSlots } from "../formats/legacy-slots.ts";
import type { ModelFile, TfjsFile } from "../formats/model-file.ts";
import { readOptimizerState } from "../formats/optimizer-state.ts";
import type { NamedArray } from "../formats/stored-array.ts";
import { kerasState } from "../formats/tfjs/optimizer.ts";
import { scheduleOf } from "../ir/fields/learning-rate.ts";
import type { Chosen } from "../ir/objects.ts";
import type { OptimizerDef } from "../ir/optimizer.ts";
import type { Note } from "../ir/spec.ts";
import { trainableWeights } from "../ir/train.ts";
import { sharedVariable, slotsOf } from "../ir/optimizer-variables.ts";
import { iteration, learningRate } from "../ir/variables.ts";
import type { Core } from "../runtime/core.ts";
import { modelWeights } from "../ir/model.ts";
import { weightVariable } from "../ir/variables.ts";

/** Gives the model the weights of a file; every mismatch is thrown at once, and then nothing has changed. */
export function restoreWeights(
  { ir, session }: Core,
  file: ModelFile,
  options: JoinOptions = {},
): readonly Note[] {
  const { weights, notes } = joinWeights(ir, file, options);
  for (const { weight } of modelWeights(ir)) {
    const found = weights.get(weight.path);
    if (found) session.put(weightVariable(weight), found.data);
  }
  session.touch();
  return notes;
}

/**
 * Gives the optimizer of a compiled model what the file remembers of it, so that `fit` goes on where the saved run
 * ended. A state that does not belong to the optimizer is left out with a note: predictions do not depend on it.
 */
export function restoreOptimizer(core: Core, file: ModelFile): readonly Note[] {
  const optimizer = core.compile?.optimizer;
  if (!optimizer) return [];
  try {
    const trained = trainableWeights(core.ir);
    const groups = optimizer.def.slots(optimizer.config);
    const { legacy, shared } = optimizer.def;
    const remembers = groups.flat().length > 0 || shared !== undefined;
    // Keras saves an optimizer that has not made a step without its slots. When it opens the file it makes them, finds
    // another number of variables, and reads none of them: rate and all are those of the configuration
    const fresh = file.optimizer.length <= 2 && file.optimizer.every((array) => array.shape.length === 0);
    if (fresh && remembers && file.optimizer.length > 0) {
      core.optimizerBuilt = true;
      return [];
    }
    const said = file.layout === "tfjs" ? { optimizer: fromTfjs(core, file, optimizer) } : file;
    const stored = groups.flat().length ? said : withoutSlots(said);
    const older = file.layout === "legacy" ? olderSlots(core.ir, file) : undefined;
    const form = { older, by_weight: legacy?.by_weight, shared: shared !== undefined };
    const state = readOptimizerState(stored, groups, trained, form);
    if (!state) return [];
    core.session.view(iteration)[0] = state.iteration;
    if (state.learning_rate !== undefined && !scheduleOf(optimizer.config))
      core.session.view(learningRate)[0] = state.learning_rate;
    const slots = slotsOf(optimizer, trained);
    state.slots.forEach((values, k) => core.session.put(slots[k].variable, values));
    if (shared)
      core.session.view(sharedVariable(shared))[0] =
        state.shared ?? shared.after(optimizer.config, state.iteration);
    core.optimizerBuilt = true;
    const lost = state.shared === undefined && !legacy?.rule?.(optimizer.config);
    return [
      ...(state.slots.length < slots.length ? [inPart(state.slots.length, slots.length)] : []),
      ...(shared && lost && state.iteration > 0 ? [unstopped(optimizer)] : []),
    ];
  } catch (error) {
    if (!(error instanceof ModelError)) throw error;
    return [{ message: `The optimizer starts anew: ${error.message}` }];
  }
}

const inPart = (taken: number, wanted: number): Note => ({
  message: `The optimizer goes on with ${taken} of its ${wanted} slots, as tf.keras does: what follows in the file does not fit this model.`,
});

const unstopped = ({ def }: Chosen<OptimizerDef>): Note => ({
  message: `The file does not keep the product that ${def.name} makes up over all updates: training goes on as if it had not stopped, where Keras 2 begins it anew.`,
});

function fromTfjs(
  { ir, session }: Core,
  file: TfjsFile,
  chosen: Chosen<OptimizerDef>,
): readonly NamedArray[] {
  const learning_rate = session.view(learningRate)[0];
  const slots = slotsOf(chosen, trainableWeights(ir));
  return kerasState(file, ir, { name: chosen.def.name, learning_rate, slots });
}

/** tf.keras keeps slots that are never used: those of SGD without momentum. */
function withoutSlots({ optimizer }: Pick<ModelFile, "optimizer">): Pick<ModelFile, "optimizer"> {
  const slots = optimizer.findIndex((array) => array.shape.length > 0);
  return { optimizer: slots < 0 ? optimizer : optimizer.slice(0, slots) };
}
