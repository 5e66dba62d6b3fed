import type { Command } from "../command.ts";
import { readArgument } from "../model.ts";
import { sayNotRun } from "../not-run.ts";
import { DATA, whole } from "../options.ts";
import { COMPILE, compiledModel } from "../settings.ts";
import { dataForEvaluate, evaluateOf, givenArrays } from "../training-data.ts";

export const evaluate: Command = {
  name: "evaluate",
  summary: "loss and metrics on data, as Keras's evaluate",
  arguments: [["<MODEL>", "a model with its weights, compiled or with --loss"]],
  options: [
    ...DATA,
    ...COMPILE,
    ["--batch-size <B>", "rows computed at a time, 32 if not given", whole(1)],
    ["--json", "as data"],
  ],
  examples: [
    ["evaluate model.keras --data fashion.npz --x-scale 1/255", "on x_test and y_test"],
    ["evaluate model.h5 --x x.npy --y y.npy --json", "as JSON"],
  ],
  async run([argument], options, io) {
    const given = await givenArrays(options, io);
    const read = await readArgument(argument, options, io, { arrays: given });
    sayNotRun(read, evaluateOf(read), options, io);
    const model = compiledModel(read, options, io);
    const { x, y, sample_weight } = {
      sample_weight: undefined,
      ...(await dataForEvaluate(read, options, given, io)),
    };
    const batch_size = options.batchSize as number | undefined;
    const logs = model.evaluate(x, y, {
      ...(batch_size && { batch_size }),
      ...(sample_weight && { sample_weight }),
      return_dict: true,
      verbose: 0,
    });
    const values = Object.entries(logs as Record<string, number>);
    io.out(
      options.json
        ? JSON.stringify(logs)
        : values.map(([name, value]) => `${name}: ${String(Number(value.toPrecision(6)))}`).join(" - "),
    );
  },
};
