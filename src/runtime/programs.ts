import { ModelError } from "../diagnostics.ts";
import { scheduleOf } from "../ir/fields/learning-rate.ts";
import { resolveCompile } from "../ir/compile-args.ts";
import type { Graph } from "../ir/graph.ts";
import { evaluateGraph, gradientsGraph, trackers, trainGraph, type Training } from "../ir/train.ts";
import { learningRate, type Tracker } from "../ir/variables.ts";
import { iteration } from "../ir/variables.ts";
import { sharedVariable, slotsOf } from "../ir/optimizer-variables.ts";
import { trainableWeights } from "../ir/train.ts";
import { type Arrays, checkLabels, signatureOf } from "./arrays.ts";
import { type Bound, type Core, program, type Program, signatureKey } from "./core.ts";

type Kind = "train" | "evaluate" | "gradients";

/** The program of a kind for arrays like these; their labels are checked. */
export function programFor(core: Core, bound: Bound, kind: Kind, arrays: Arrays): Program {
  const signature = signatureOf(arrays);
  const key = signatureKey(kind, signature);
  const found = bound.programs.get(key) ?? write(core, bound, kind, signature);
  checkLabels(arrays, found.compiled!, bound);
  bound.programs.set(key, found);
  return found;
}

function write(core: Core, bound: Bound, kind: Kind, signature: Training["signature"]): Program {
  const { spec } = compiledState(core, kind === "train" ? "Training" : kind);
  const { inputs, outputs } = bound;
  const compiled = resolveCompile(spec, outputs, signature);
  const graph = graphOf(core, kind, { model: core.ir, inputs, outputs, compiled, signature });
  return program(graph, compiled, trackers(compiled));
}

function graphOf(core: Core, kind: Kind, training: Training): Graph {
  if (kind === "gradients") return gradientsGraph(training);
  if (kind === "evaluate") return evaluateGraph(training);
  const { optimizer, problem } = core.compile ?? {};
  if (problem) throw notCompiled("Training", problem);
  if (!optimizer)
    throw new ModelError({ code: "not-compiled", message: "The model was compiled without an optimizer." });
  return trainGraph(training, optimizer);
}

export function compiledState(core: Core, what: string): NonNullable<Core["compile"]> {
  if (core.compile) return core.compile;
  throw notCompiled(what, core.compileProblem);
}

function notCompiled(what: string, problem: ModelError | undefined): ModelError {
  const message = `${what} needs a model that was compiled.`;
  const hint = problem ? `What it came with does not do: ${problem.message}` : "Call model.compile first.";
  return new ModelError({ code: "not-compiled", message, hint });
}

/** Sets running means back to nothing. */
export function resetTrackers(core: Core, list: readonly Tracker[]): void {
  for (const { total, count } of list) {
    core.session.view(total)[0] = 0;
    core.session.view(count)[0] = 0;
  }
}

/** The running means so far, under their names in alphabetical order, as Keras logs them. */
export function readTrackers(core: Core, list: readonly Tracker[]): Record<string, number> {
  const entries = list.map(({ key, total, count }): [string, number] => {
    const n = core.session.view(count)[0];
    return [key, n === 0 ? 0 : Math.fround(core.session.view(total)[0] / n)];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => compareText(a, b)));
}
/** Python's order of strings: by code point. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Logs as `evaluate` and `trainOnBatch` return them: the loss first, then in the order Keras has. */
export function inOrder(logs: Readonly<Record<string, number>>, { compiled }: Program): number | number[] {
  const names = ["loss", ...compiled!.metrics.map((metric) => metric.name), ...compiled!.loss_keys];
  const rest = Object.keys(logs)
    .sort(compareText)
    .filter((key) => !names.includes(key));
  const values = [...names.filter((name) => Object.hasOwn(logs, name)), ...rest].map((name) => logs[name]);
  return values.length === 1 ? values[0] : values;
}

/** After a step: an optimizer is built by its first update, and a model without weights to train has none. */
export function stepped(core: Core): void {
  core.optimizerBuilt ||= trainableWeights(core.ir).length > 0;
  delete core.openedOptimizer;
}

/** An optimizer at its beginning: no updates made, its learning rate, its slots. */
export function resetOptimizer(core: Core): void {
  core.optimizerBuilt = false;
  delete core.openedOptimizer;
  const optimizer = core.compile?.optimizer;
  if (!optimizer) return;
  core.session.view(iteration)[0] = 0;
  if (!scheduleOf(optimizer.config))
    core.session.view(learningRate)[0] = optimizer.config.learning_rate as number;
  resetSlots(core);
}

/** What an optimizer remembers, as it is before the first update. */
export function resetSlots(core: Core): void {
  const optimizer = core.compile?.optimizer;
  if (!optimizer) return;
  const { shared } = optimizer.def;
  if (shared) core.session.view(sharedVariable(shared))[0] = shared.after(optimizer.config, 0);
  for (const { variable, initial } of slotsOf(optimizer, trainableWeights(core.ir)))
    core.session.view(variable).fill(initial);
}
