import { ModelError } from "../../../diagnostics.ts";
import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import type { Scanned } from "../../scan.ts";
import type { RecurrentOptions } from "./options.ts";

/** Which steps count, of shape [n, steps, 1]. */
export interface StepMasks {
  /** In the order in which the steps are made. */
  readonly steps: Node;
  /** For the outputs that are to be 0. */
  readonly zeroes: Node;
}

export function masksOf(b: Builder, c: RecurrentOptions, mask: Node, z: Node): StepMasks {
  const shape = [z.shape[0], z.shape[1], 1];
  if (`${[...mask.shape, 1].slice(0, 3)}` !== `${shape}` || mask.shape.length > 3)
    throw new ModelError({
      code: "mask-mismatch",
      message: "The mask of a recurrent layer does not fit its input.",
      at: { path: z.from.layer },
      expected: `a mask of shape [${shape.slice(0, 2).join(", ")}]`,
      received: `[${mask.shape.join(", ")}]`,
    });
  const counts = b.reshape(mask, shape);
  const steps = c.go_backwards ? b.flip(counts, 1) : counts;
  // Keras, unrolled, does not turn the mask round here
  return { steps, zeroes: c.unroll ? counts : steps };
}

/** The outputs of a layer: all steps' or the last one's, then what was carried on. */
export function outputsOf(
  b: Builder,
  c: RecurrentOptions,
  states: number,
  { run, masks, output }: { run: Scanned; masks: StepMasks | undefined; output: number },
): readonly Node[] {
  const y = c.return_sequences ? run.all(output) : run.last(output);
  const zeroed = c.zero_output_for_mask && masks ? b.where(zeroing(b, c, masks), y, 0) : y;
  const last = c.return_state ? Array.from({ length: states }, (_, k) => run.last(k)) : [];
  return [zeroed, ...last];
}

function zeroing(b: Builder, c: RecurrentOptions, { steps, zeroes }: StepMasks): Node {
  if (c.return_sequences) return zeroes;
  const [n, count] = steps.shape;
  return b.reshape(b.slice(steps, 1, (count as number) - 1, count as number), [n, 1]);
}
