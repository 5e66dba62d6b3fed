import { type Diagnostic, ModelError, inLine, problemsOf } from "../../../diagnostics.ts";
import { joinWeights } from "../../../formats/join-weights.ts";
import { listedLayers } from "../../../formats/weight-paths.ts";
import { checkCompile, objectProblems } from "../../../ir/compile-args.ts";
import { modelWeights } from "../../../ir/model.ts";
import { numel } from "../../../ir/tensor.ts";
import type { Read } from "../../../load/read-model.ts";
import { kindOf, placeNames } from "../../../runtime/core.ts";
import type { Command } from "../command.ts";
import { readArgument } from "../model.ts";

export const check: Command = {
  name: "check",
  summary: "report every problem at once, each with its place and a way out",
  arguments: [["<MODEL>", "a model in any form; - reads standard input"]],
  options: [["--json", "as data"]],
  examples: [
    ["check lecture.py", "of a snippet"],
    ["check model.json --load-weights model.weights.h5", "do the weights fit?"],
  ],
  async run([model], options, io) {
    const found = await problems(() => readArgument(model, options, io));
    const all = found.value ? [...found.errors, ...below(found.value)] : found.errors;
    if (all.length > 0) throw new ModelError(all);
    io.out(
      options.json ? JSON.stringify({ ok: true, errors: [] }, null, 2) : `ok: ${described(found.value!)}`,
    );
  },
};

interface Found<T> {
  readonly value?: T;
  readonly errors: readonly Diagnostic[];
}

async function problems<T>(work: () => T | Promise<T>): Promise<Found<T>> {
  try {
    return { value: await work(), errors: [] };
  } catch (error) {
    if (error instanceof ModelError) return { errors: error.errors };
    throw error;
  }
}

/** What can be wrong once the architecture is understood: its weights, and the arguments of `compile`. */
function below(read: Read): Diagnostic[] {
  const { ir, file, weights = file } = read;
  const objects = ir.compile ? objectProblems(ir.compile) : [];
  return [
    ...problemsOf(() => weights && joinWeights(ir, weights)),
    ...objects,
    ...problemsOf(
      () =>
        ir.compile &&
        ir.built &&
        objects.length === 0 &&
        checkCompile(ir.compile, { kind: kindOf(ir.outputs), names: placeNames(ir.outputs), shapes: [] }),
    ),
  ];
}

function described({ ir }: Read): string {
  const params = modelWeights(ir).reduce((sum, { weight }) => sum + numel(weight.shape), 0);
  const size = ir.built ? `${params.toLocaleString("en-US")} parameters` : "not built";
  return `${inLine(ir.name)} (${ir.class_name}), ${listedLayers(ir).length} layers, ${size}`;
}
