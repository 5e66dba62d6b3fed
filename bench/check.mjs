import { losses, predict } from "./reference.mjs";

const STEPS = 5;
const PROBABILITY_ERROR = 2e-6;
const CHECK_RATE = { sgd: 0.01, adam: 0.001 };
// Relative, of five losses. TensorFlow.js places Adam's epsilon elsewhere than Keras, hence the width of the second.
const LOSS_ERROR = { sgd: 1e-4, adam: 5e-3 };

/** Throws unless the engine computes what the job means; returns its largest error. */
export async function checked(job, engine, net, weights, batches) {
  const error = await (job.kind === "predict" ? predictError : trainError)(
    job,
    engine,
    net,
    weights,
    batches,
  );
  const limit = job.kind === "predict" ? PROBABILITY_ERROR : LOSS_ERROR[job.optimizer];
  if (!(error <= limit)) throw new Error(`its results are off by ${error}, more than ${limit}`);
  return error;
}

async function predictError({ batch }, engine, net, weights, [{ x }]) {
  const got = await (await engine.predictor(batch))(x);
  return largest(predict(net, weights, x, batch), (want, i) => Math.abs(got[i] - want));
}

async function trainError(job, engine, net, weights, batches) {
  const options = { ...job, learning_rate: CHECK_RATE[job.optimizer] };
  const step = await engine.trainer(options);
  const got = [];
  for (const { x, y } of batches.slice(0, STEPS)) got.push(await step(x, y));
  const want = losses(net, weights, batches.slice(0, STEPS), options);
  return largest(want, (loss, i) => Math.abs(got[i] - loss) / loss);
}

/** NaN where any error is. */
const largest = (values, error) => values.reduce((most, value, i) => Math.max(most, error(value, i)), 0);
