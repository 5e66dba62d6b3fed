import { ModelError } from "../../../diagnostics.ts";
import type { Builder } from "../../builder.ts";
import type { Node } from "../../graph.ts";
import type { StepMasks, StepsTaken } from "../../layer.ts";
import type { SequenceOptions } from "./options.ts";

export function masksOf(b: Builder, c: SequenceOptions, given: Node, x: Node): StepMasks {
  const shape = [x.shape[0], x.shape[1], 1];
  const mask = given.shape[0] === 1 ? b.expand(given, [x.shape[0], ...given.shape.slice(1)]) : given;
  if (`${[...mask.shape, 1].slice(0, 3)}` !== `${shape}` || mask.shape.length > 3)
    throw new ModelError({
      code: "mask-mismatch",
      message: "The mask of a recurrent layer does not fit its input.",
      at: { path: b.from.layer },
      expected: `a mask of shape [${shape.slice(0, 2).join(", ")}]`,
      received: `[${mask.shape.join(", ")}]`,
    });
  const counts = b.reshape(mask, shape);
  const steps = c.go_backwards ? b.flip(counts, 1) : counts;
  // Keras, unrolled, does not turn the mask round here
  return { steps, zeroes: c.unroll ? counts : steps };
}

/** What an RNN gives out: all steps' outputs or the last one, then what was carried on. */
export function outputsOf(
  b: Builder,
  c: SequenceOptions,
  run: StepsTaken,
  masks: StepMasks | undefined,
): readonly Node[] {
  const y = c.return_sequences ? run.all() : run.last();
  const zeroed = c.zero_output_for_mask && masks ? b.where(zeroing(b, c, masks), y, 0) : y;
  return [zeroed, ...(c.return_state ? run.states : [])];
}

function zeroing(b: Builder, c: SequenceOptions, { steps, zeroes }: StepMasks): Node {
  if (c.return_sequences) return zeroes;
  const [n, count] = steps.shape;
  return b.reshape(b.slice(steps, 1, (count as number) - 1, count as number), [n, 1]);
}
