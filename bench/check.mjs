export const CHECK_RATE = { sgd: 0.01, adam: 0.001 };
/** Of the largest output. */
const OUTPUT_ERROR = 2e-5;
// Relative, of five losses. TensorFlow.js places Adam's epsilon elsewhere than Keras, hence the width of the second.
const LOSS_ERROR = { sgd: 1e-4, adam: 5e-3 };

/** Throws unless the engine computes what Keras did; returns its largest error. */
export async function checked(job, engine, net, batches) {
  const error = await (job.kind === "predict" ? predictError : trainError)(job, engine, net, batches);
  return within(job, error);
}

export function within({ kind, optimizer }, error) {
  const limit = kind === "predict" ? OUTPUT_ERROR : LOSS_ERROR[optimizer];
  if (!(error <= limit)) throw new Error(`its results are off by ${error}, more than ${limit}`);
  return error;
}

async function predictError({ batch }, engine, _net, [{ x, want }]) {
  const got = await (await engine.predictor(batch))(x);
  if (got.length !== want.length) throw new Error(`it gives ${got.length} numbers, not ${want.length}`);
  const scale = want.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return largest(want, (v, i) => Math.abs(got[i] - v) / scale);
}

async function trainError(job, engine, net, batches) {
  const step = await engine.trainer({ ...job, learning_rate: CHECK_RATE[job.optimizer] });
  const want = net.losses[job.optimizer];
  const got = [];
  for (const { x, labels } of batches.slice(0, want.length)) got.push(await step(x, labels));
  return largest(want, (loss, i) => Math.abs(got[i] - loss) / loss);
}

/** NaN where any error is. */
const largest = (values, error) => values.reduce((most, value, i) => Math.max(most, error(value, i)), 0);
