import type { Command } from "../command.ts";
import { bench } from "./bench.ts";
import { check } from "./check.ts";
import { compile } from "./compile.ts";
import { convert } from "./convert.ts";
import { datasets } from "./datasets.ts";
import { evaluate } from "./evaluate.ts";
import { fit } from "./fit.ts";
import { plot } from "./later.ts";
import { predict } from "./predict.ts";
import { summary } from "./summary.ts";
import { verify } from "./verify.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  summary,
  check,
  compile,
  predict,
  fit,
  evaluate,
  convert,
  verify,
  datasets,
  plot,
  bench,
];
