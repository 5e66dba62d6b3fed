import { ModelError } from "../../../diagnostics.ts";
import { formatShape, type Tensor } from "../../../ir/tensor.ts";
import { placeNames } from "../../../runtime/core.ts";
import { spread } from "../../../runtime/data.ts";
import { readArrays, readInputs, scaled } from "../arrays.ts";
import { type Command, UsageError } from "../command.ts";
import { loadArgument } from "../runnable.ts";
import { atLeastZero, number, several } from "../options.ts";
import { byName } from "../outputs.ts";

const TOLERANCE = 1e-5;

export const verify: Command = {
  name: "verify",
  summary: "prove that a model gives the expected outputs",
  arguments: [["<MODEL>", "a model with its weights"]],
  options: [
    ["--input <FILE>", "inputs; NAME=FILE for one of several", several],
    ["--expected <FILE>", "the outputs that the reference gave; NaN and infinities equal themselves"],
    ["--x-scale <S>", "a factor for the inputs, such as 1/255", number],
    [
      "--tolerance <T>",
      `largest error allowed, relative to the largest expected value (${TOLERANCE})`,
      atLeastZero,
    ],
    ["--json", "as data"],
  ],
  examples: [["verify model.keras --input x.npy --expected y.npy", "y.npy written by Keras's predict"]],
  async run([argument], options, io) {
    const files = (options.input ?? []) as readonly string[];
    if (files.length === 0 || typeof options.expected !== "string") {
      throw new UsageError("verify needs --input FILE and --expected FILE.");
    }
    const model = await loadArgument(argument, options, io);
    const names = placeNames(model.core.ir.outputs);
    const x = scaled(await readInputs(files, io), options.xScale);
    const wanted = spread(await readArrays(options.expected, io), names, "output");
    const tolerance = typeof options.tolerance === "number" ? options.tolerance : TOLERANCE;
    const results = [...byName(model.predict(x), names)].map(([name, got], k) =>
      compare(name, got, wanted[k]!, tolerance),
    );
    io.out(options.json ? JSON.stringify(results, null, 2) : results.map(line).join("\n"));
    return results.every(({ ok }) => ok) ? 0 : 1;
  },
};

interface Comparison {
  readonly output: string;
  readonly max_abs_error: number;
  readonly max_rel_error: number;
  readonly tolerance: number;
  readonly ok: boolean;
}

/** The relative error is of the largest finite expected value. NaN and infinities equal themselves, and nothing else. */
function compare(output: string, got: Tensor, want: Tensor, tolerance: number): Comparison {
  if (got.shape.join() !== want.shape.join()) {
    const message = `The expected output ${output} has another shape.`;
    throw new ModelError({
      code: "data-shape",
      message,
      expected: formatShape(got.shape),
      received: formatShape(want.shape),
    });
  }
  let [error, scale] = [0, 0];
  for (let i = 0; i < want.data.length; i++) {
    const [a, b] = [Number(got.data[i]), Number(want.data[i])];
    const difference = a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : Math.abs(a - b);
    error = difference <= error ? error : Number.isNaN(difference) ? Infinity : difference;
    if (Number.isFinite(b)) scale = Math.max(scale, Math.abs(b));
  }
  const relative = error === 0 ? 0 : error / (scale || 1);
  return { output, max_abs_error: error, max_rel_error: relative, tolerance, ok: relative <= tolerance };
}

const line = ({ output, max_abs_error, max_rel_error, tolerance, ok }: Comparison): string =>
  `${ok ? "ok" : "FAILED"} ${output}: max abs error ${max_abs_error.toExponential(2)}, relative to scale ${max_rel_error.toExponential(2)} (allowed ${tolerance})`;
