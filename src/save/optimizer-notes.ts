import type { Generation } from "../ir/fields.ts";
import { isLegacy } from "../ir/legacy-optimizer.ts";
import type { Note } from "../ir/spec.ts";
import type { Core } from "../runtime/core.ts";

/** What of a model's optimizer the Keras that opens a file does otherwise. */
export function optimizerNotes({ compile, ir }: Core, keras: Generation): Note[] {
  if (!compile?.optimizer) return [];
  const { def, config } = compile.optimizer;
  const older = isLegacy(config, ir.older) && def.legacy?.rule?.(config) === true;
  const restarts = keras === "2" && def.shared !== undefined;
  return [
    ...(older
      ? [
          `Keras ${keras} goes on by today's rule of ${def.name}, this model by that of Keras before TensorFlow 2.11.`,
        ]
      : []),
    ...(restarts
      ? [`Keras 2 starts anew what ${def.name} keeps for all weights: it has no place in its files.`]
      : []),
  ].map((message) => ({ message }));
}
